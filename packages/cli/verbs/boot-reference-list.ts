import type { Command } from 'commander';
import { printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward boot-reference list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'boot-reference').command('list').description('List the versions that have boot reference values'),
	).action(async (options: SiteOptions) => {
		const list = await ask(options, 'boot-reference.list', {});
		if (options.json === true) return printJson(list);
		printTable(
			['application', 'class', 'version', 'added'],
			list.map(({ application, class: className, version, at }) => [application, className, version, printMoment(at)]),
		);
	});
};
