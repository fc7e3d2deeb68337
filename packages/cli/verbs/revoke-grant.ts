import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly sign?: string;
	readonly out?: string;
	readonly yes?: boolean;
}

/** `keyward revoke grant`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'revoke')
			.command('grant')
			.description('Revoke a grant and end what depends on it')
			.argument('<id>', 'the grant, as keyward grants lists it')
			.option('--sign <folder>', 'for a grant of a roster: sign the new roster at once with the key in this folder')
			.option('--out <file>', 'for a grant of a roster: the new roster, to be signed', 'roster-change.json')
			.option('--yes', 'sign without asking'),
	).action(async (id: string, options: Options) => {
		if (id.startsWith('roster-')) {
			const grant = (await ask(options, 'grant.list', {})).find((one) => one.id === id);
			if (grant === undefined)
				throw new Problem('grant-unknown', `There is no grant ${id}: keyward grants lists them.`);
			const { prepareChange } = await import('./owner/prepare-change.ts');
			const { signOrKeep } = await import('./roster.ts');
			const { application, reader, stream } = grant;
			return signOrKeep(await prepareChange(options, application, { loses: [{ reader, stream }] }), options);
		}
		const done = await ask(options, 'grant.end', { id });
		if (options.json === true) return printJson(done);
		print(`The grant has ended; ${done.cut} live ${done.cut === 1 ? 'session was' : 'sessions were'} cut.\n`);
	});
};
