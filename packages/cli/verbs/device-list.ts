import type { Command } from 'commander';
import { group } from './group.ts';
import { printPrincipals } from './principals.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

/** `keyward device list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'device')
			.command('list')
			.description('List devices, their certificates and whether they are connected')
			.option('--application <name>', 'of this application only'),
	).action(async (options: SiteOptions & { readonly application?: string }) => {
		printPrincipals('device', await ask(options, 'device.list', ofApplication(options)), options.json);
	});
};
