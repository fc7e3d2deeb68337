import type { Command } from 'commander';
import { group } from './group.ts';
import { printPrincipals } from './principals.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

/** `keyward reader list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'reader')
			.command('list')
			.description('List readers, their certificates and whether they are connected')
			.option('--application <name>', 'of this application only'),
	).action(async (options: SiteOptions & { readonly application?: string }) => {
		printPrincipals('reader', await ask(options, 'reader.list', ofApplication(options)), options.json);
	});
};
