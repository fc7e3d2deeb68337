import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly force?: boolean;
}

/** `keyward ca activate`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'ca')
			.command('activate')
			.description('Use the announced service CA from now on')
			.option('--force', 'although some have not fetched it; they may have to be commissioned again'),
	).action(async ({ force = false, ...options }: Options) => {
		const done = await ask(options, 'authority.activate', { force });
		if (options.json === true) return printJson(done);
		print(
			`The service shows certificates of generation ${done.generation} of its CA. The one before is retired by itself ` +
				'a day later at the earliest, when everybody knows the new one.\n',
		);
	});
};
