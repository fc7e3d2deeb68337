import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { exposedHeadings, exposedRow, isOpen } from './exposed-view.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward advisory show`: exit code 0 nobody is exposed to it, 1 somebody is. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'advisory')
			.command('show')
			.description('Show what each document says of a vulnerability, and every device that it concerns')
			.argument('<id>', 'its id, or one of its aliases, such as CVE-2026-1234'),
	).action(async (id: string, options: SiteOptions) => {
		const found = await ask(options, 'advisory.show', { id });
		if (found.vulnerabilities.some(isOpen)) process.exitCode = exit.finding;
		if (options.json === true) return printJson(found);
		for (const {
			id: document,
			format,
			publisher,
			trusted,
			published,
			withdrawn,
			summary,
			statements,
		} of found.documents) {
			const times = `${published === null ? '' : `, published ${printMoment(published)}`}${withdrawn === null ? '' : `, withdrawn ${printMoment(withdrawn)}`}`;
			print(`${inLine(`${document} (${format}${publisher === null ? '' : ` of ${publisher}`}${times})`)}\n`);
			if (summary !== '') print(`  ${inLine(summary)}\n`);
			for (const said of statements.slice(0, 20)) print(`  ${inLine(said)}\n`);
			if (!trusted && statements.some((said) => /^(fixed|not-affected) /.test(said)))
				print(
					'  Its word that something is fixed or not affected does not count: name its publisher in the site file.\n',
				);
		}
		if (found.vulnerabilities.length === 0) {
			print('No device is known to run what it names.\n');
			return;
		}
		print('\n');
		printTable(
			exposedHeadings,
			found.vulnerabilities.map((one) => exposedRow(one, true)),
		);
	});
};
