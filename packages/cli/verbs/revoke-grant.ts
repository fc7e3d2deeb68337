import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward revoke grant`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'revoke')
			.command('grant')
			.description('Revoke a grant and end what depends on it')
			.argument('<id>', 'the grant, as keyward grants lists it'),
	).action(async (id: string, options: SiteOptions) => {
		const done = await ask(options, 'grant.end', { id });
		if (options.json === true) return printJson(done);
		print(`The grant has ended; ${done.cut} live ${done.cut === 1 ? 'session was' : 'sessions were'} cut.\n`);
	});
};
