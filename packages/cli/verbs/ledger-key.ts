import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { type SettingsOptions, settingsOf, settingsOptions } from './settings.ts';
import { ask } from './site.ts';

interface LedgerKey {
	readonly ledger: string;
	readonly key: string;
}

/** Of every ledger of the running site, also of those that have no leaf yet; null where none runs. */
const ofSite = async (options: SettingsOptions): Promise<LedgerKey[] | null> => {
	try {
		const { ledgers } = await ask(options, 'ledger.witnessed', {});
		return ledgers.map(({ ledger, key }) => ({ ledger, key }));
	} catch (error) {
		if (error instanceof Problem && error.code === 'site-unreachable') return null;
		throw error;
	}
};

/** `keyward ledger key`: also while the site does not run. */
export const register = (program: Command): void => {
	settingsOptions(
		group(program, 'ledger')
			.command('key')
			.description('Print the verifier key of each ledger (C2SP vkey); keep it elsewhere'),
	).action(async (options: SettingsOptions) => {
		const keys = (await ofSite(options)) ?? (await inFolder(options));
		if (options.json === true) return printJson(keys);
		print(keys.map(({ key }) => `${key}\n`).join('') || 'No ledger has a checkpoint yet: apply a policy first.\n');
	});
};

const inFolder = async (options: SettingsOptions): Promise<readonly LedgerKey[]> => {
	const { data, site } = await settingsOf(options);
	const { ledgerKeys } = await import('@keyward/service/ledger');
	return ledgerKeys(data, process.env['KEYWARD_SEAL_FILE'] || site?.sealFile || null);
};
