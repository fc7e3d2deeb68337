import type { Command } from 'commander';
import { printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application?: string;
}

/** `keyward bom list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'bom')
			.command('list')
			.description('List the bills of materials by device class and version')
			.option('--application <name>', 'of this application only'),
	).action(async (options: Options) => {
		const list = await ask(options, 'bom.list', ofApplication(options));
		if (options.json === true) return printJson(list);
		printTable(
			['application', 'class', 'version', 'components', 'without purl', 'imported', 'SHA-256 of the file'],
			list.map(({ application, class: className, version, components, unidentified, at, file }) => [
				...[application, className, version, String(components), String(unidentified)],
				...[printMoment(at), file.slice(0, 16)],
			]),
		);
	});
};
