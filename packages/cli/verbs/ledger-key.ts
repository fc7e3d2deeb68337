import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { type SettingsOptions, settingsOf, settingsOptions } from './settings.ts';

/** `keyward ledger key`: also while the site does not run. */
export const register = (program: Command): void => {
	settingsOptions(
		group(program, 'ledger')
			.command('key')
			.description('Print the verifier key of each ledger (C2SP vkey); keep it elsewhere'),
	).action(async (options: SettingsOptions) => {
		const { data, site } = await settingsOf(options);
		const { ledgerKeys } = await import('@keyward/service/ledger');
		const keys = await ledgerKeys(data, process.env['KEYWARD_SEAL_FILE'] || site?.sealFile || null);
		if (options.json === true) return printJson(keys);
		print(keys.map(({ key }) => `${key}\n`).join('') || 'No ledger has a checkpoint yet: apply a policy first.\n');
	});
};
