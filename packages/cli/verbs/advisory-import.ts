import { resolve } from 'node:path';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

const outcomes = {
	new: 'new',
	replaced: 'replaces what was known',
	known: 'known already',
	older: 'older than what is known, which stands',
	'by-hand': 'an operator gave the known one, which stands',
} as const;

/** `keyward advisory import`: exit code 0 all taken, 1 some files of a folder were refused. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'advisory')
			.command('import')
			.description('Import advisories (OSV, CSAF 2.0 with VEX) from a file or folder')
			.argument('<file|folder>', 'a JSON file, or a folder of them (docs/advisories.md)'),
	).action(async (path: string, options: SiteOptions) => {
		const imported = await ask(options, 'advisory.import', { path: resolve(path) });
		const { taken, refused } = imported;
		if (refused.length > 0) process.exitCode = exit.finding;
		if (options.json === true) return printJson(imported);
		for (const { id, outcome, unmatched } of taken) {
			const unclear =
				unmatched.length === 0 ? '' : `; cannot be compared with bills: ${unmatched.slice(0, 5).join(', ')}`;
			print(`${inLine(id)}: ${outcomes[outcome]}${unclear}\n`);
		}
		for (const { code, detail } of refused) print(`refused: ${inLine(detail)} [${code}]\n`);
		if (taken.length + refused.length === 0) print(`There is no JSON file in ${inLine(path)}.\n`);
		print(`${taken.length} taken, ${refused.length} refused. Who is exposed: keyward advisory list\n`);
	});
};
