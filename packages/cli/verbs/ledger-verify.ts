import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

/** The ledger of devices, certificates, grants and policies; no application has such a name. */
const REGISTRY = '_registry';

const nameOf = (application: string): string => (application === REGISTRY ? '(registry)' : application);

/** `keyward ledger verify`: exit code 0 agrees, 1 does not. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'ledger')
			.command('verify')
			.description('Recompute each ledger from what is stored, and compare')
			.option('--application <name>', 'of this application only'),
	).action(async (options: SiteOptions & { readonly application?: string }) => {
		const reports = await ask(options, 'ledger.verify', ofApplication(options));
		if (reports.some(({ ok }) => !ok)) process.exitCode = exit.finding;
		if (options.json === true) return printJson(reports);
		printTable(
			['application', 'readings', 'kept from', 'leaves', 'agrees', 'root'],
			reports.map(({ application, readings, keptFrom, leaves, ok, root }) => [
				nameOf(application),
				application === REGISTRY ? '-' : String(readings),
				keptFrom === null ? 'the first' : printMoment(keptFrom),
				String(leaves),
				ok ? 'yes' : 'NO',
				root,
			]),
		);
		for (const { application, forgotten } of reports) {
			if (forgotten > 0)
				print(
					`${application}: ${forgotten} older readings were given up as its site says, and cannot be proven any more.\n`,
				);
		}
		for (const { application, breaks } of reports) {
			for (const said of breaks) print(`${nameOf(application)}: ${inLine(said)} [ledger-broken]\n`);
		}
	});
};
