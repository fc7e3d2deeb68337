import type { Command } from 'commander';
import { printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward manifest list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'manifest').command('list').description('List the imported manifests and what each added'),
	).action(async (options: SiteOptions) => {
		const list = await ask(options, 'manifest.list', {});
		if (options.json === true) return printJson(list);
		printTable(
			['imported', 'manufacturer', 'parts', 'keys', 'SHA-256 of the file', 'SHA-256 of the signer'],
			list.map(({ at, manufacturer, parts, keys, file, signer }) => [
				printMoment(at),
				manufacturer,
				...[String(parts), String(keys), file.slice(0, 16), signer],
			]),
		);
	});
};
