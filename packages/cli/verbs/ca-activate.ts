import type { Command } from 'commander';
import { print, printJson } from '../output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly evenCuttingOff?: boolean;
}

/** `keyward ca activate`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'ca', "See and replace the site's own CAs")
			.command('activate')
			.description('Show the announced service CA from now on')
			.option('--even-cutting-off', 'although some have not fetched it; they may have to be commissioned anew'),
	).action(async ({ evenCuttingOff = false, ...options }: Options) => {
		const done = await ask(options, 'authority.activate', { evenCuttingOff });
		if (options.json === true) return printJson(done);
		print(
			`The service shows certificates of generation ${done.generation} of its CA. The one before is retired by itself ` +
				'a day later at the earliest, when everybody knows the new one.\n',
		);
	});
};
