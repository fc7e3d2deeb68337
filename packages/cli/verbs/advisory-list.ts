import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { exposedHeadings, exposedRow, isOpen } from './exposed-view.ts';
import { group } from './group.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application?: string;
	readonly all?: boolean;
}

const reasons = {
	'no-version': 'does not say which version it runs',
	'no-bill': 'runs a version that has no bill of materials',
} as const;

/** `keyward advisory list`: exit code 0 nobody is exposed, 1 somebody is, or nobody can tell. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'advisory')
			.command('list')
			.description('Show who is exposed to what, which version mends it, and until when')
			.option('--application <name>', 'of this application only')
			.option('--all', 'also what is fixed or does not affect them'),
	).action(async (options: Options) => {
		const { documents, vulnerabilities, untold, refused } = await ask(options, 'advisory.list', ofApplication(options));
		const open = vulnerabilities.filter(isOpen);
		if (open.length + untold.length + refused.length > 0) process.exitCode = exit.finding;
		if (options.json === true) return printJson({ documents, vulnerabilities, untold, refused });
		const shown = options.all === true ? vulnerabilities : open;
		if (shown.length > 0)
			printTable(
				exposedHeadings,
				shown.map((one) => exposedRow(one, false)),
			);
		else print(`${documents} documents: they name nothing that a device runs, as far as its bill of materials says.\n`);
		for (const { application, device, reason } of untold.slice(0, 20))
			print(`${application}/${device} ${reasons[reason]}\n`);
		if (untold.length > 20) print(`and ${untold.length - 20} more devices of which nothing can be told\n`);
		for (const { code, detail } of refused) print(`in the watched folder: ${inLine(detail)} [${code}]\n`);
	});
};
