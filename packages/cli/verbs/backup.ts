import { resolve } from 'node:path';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson } from '../terminal/output.ts';
import { printMoment } from './moment.ts';
import { whileWaiting } from './progress-line.ts';
import { type SettingsOptions, settingsOf, settingsOptions } from './settings.ts';

interface Options extends SettingsOptions {
	readonly to: string;
	readonly withSeal?: boolean;
}

/** `keyward backup`: also while the site runs. Exit code 1 when a ledger does not hold. */
export const register = (program: Command): void => {
	settingsOptions(
		program
			.command('backup')
			.description('Back up a site to a new folder, running or not')
			.requiredOption('--to <folder>', 'where to: a folder that is not there yet')
			.option('--with-seal', 'include the seals of the data folder: anybody with the backup can then be the site'),
	).action(async (options: Options) => {
		const { data, site } = await settingsOf(options);
		const { backup } = await import('@keyward/service/backup');
		const sealFile = process.env['KEYWARD_SEAL_FILE'] || site?.sealFile || null;
		const to = resolve(options.to);
		const pinFiles = [site?.authority, site?.readingsKey].flatMap((key) =>
			key?.custody === 'pkcs11' ? [key.pinFile] : [],
		);
		const secrets = [...pinFiles, ...(site?.alerts ? [site.alerts.secretFile] : [])];
		const clock = { now: () => Date.now() };
		const withSeal = options.withSeal ?? false;
		const copying = backup({ data, to, sealFile, secrets, withSeal, clock });
		const manifest = await whileWaiting('copying and verifying the site', copying);
		// One that cannot be restored is no backup to rely on: a scheduled job must not end as if all were well.
		if (manifest.breaks.length > 0) process.exitCode = exit.finding;
		if (options.json === true) return printJson(manifest);
		const { at, files, ledgers, seals, sealsIncluded } = manifest;
		const size = files.reduce((sum, file) => sum + file.size, 0);
		const lines = [
			`The site of ${printMoment(at)} is in ${to}: ${files.length} files, ${size} bytes.`,
			...ledgers.map(({ application, leaves, root }) => `  ${application}: ${leaves} leaves, root ${root}`),
			sealsIncluded
				? 'The seals are in it: anybody with this backup can be the site. Keep it as you keep the seals.'
				: seals.length > 0
					? `The seals are not in it. Keep copies of them apart, or it cannot be restored: ${seals.join(', ')} of ${data}.`
					: 'The seal is not in it: keep a copy apart, or it cannot be restored.',
		];
		print(`${lines.join('\n')}\n`);
		if (manifest.breaks.length === 0) return;
		for (const said of manifest.breaks) print(`${inLine(said)} [ledger-broken]\n`);
		print(
			'This backup keeps what there is and cannot be restored. Keep the data folder and your earlier backups as they are, see keyward ledger verify, and restore the last backup that held to a new folder.\n',
		);
	});
};
