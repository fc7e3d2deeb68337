import { resolve } from 'node:path';
import type { Restored } from '@keyward/service/backup';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { printMoment } from './moment.ts';
import { whileWaiting } from './progress-line.ts';
import { ask, dataFolder, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly from: string;
	readonly sealFile?: string;
	readonly seals?: string;
	readonly revocations?: readonly string[];
	readonly certificates?: readonly string[];
	readonly rehearse?: boolean;
}

/** `keyward restore`: makes a new data folder out of a backup. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('restore')
			.description('Restore a verified backup into a new data folder')
			.requiredOption('--from <folder>', 'the backup')
			.option('--seal-file <file>', 'the seal, where the site keeps it apart (default: KEYWARD_SEAL_FILE)')
			.option('--seals <folder>', 'the data folder that the backup left its seals out of, or a copy of its seals')
			.option('--revocations <file...>', "later revocation lists of the site's CAs, PEM or DER")
			.option('--rehearse', 'only prove that it can be restored, in the site that runs in the data folder')
			.option('--certificates <file...>', 'certificates of devices and readers, issued after the backup, PEM or DER'),
	).action(async (options: Options) => {
		if (options.rehearse === true) {
			const done = await ask(options, 'backup.rehearse', { from: resolve(options.from) });
			if (options.json === true) return printJson(done);
			print(
				`The backup of ${printMoment(done.backup)} was restored, with ${done.readings} readings proven, and taken away again.\n`,
			);
			return;
		}
		const { restore } = await import('@keyward/service/backup');
		const sealFile = options.sealFile ?? (process.env['KEYWARD_SEAL_FILE'] || undefined);
		const data = resolve(dataFolder(options));
		const restoring = restore({
			from: resolve(options.from),
			data,
			sealFile: sealFile === undefined ? null : resolve(sealFile),
			seals: options.seals === undefined ? null : resolve(options.seals),
			revocations: options.revocations ?? [],
			certificates: options.certificates ?? [],
			clock: { now: () => Date.now() },
		});
		const restored = await whileWaiting('restoring and verifying the site', restoring);
		if (options.json === true) return printJson({ data, ...restored });
		print(`${report(data, restored).join('\n')}\n`);
	});
};

const report = (data: string, restored: Restored): string[] => {
	const { backup, at, ledgers, tokensVoided, readingsOpen, revoked, revokedUnknown, adopted } = restored;
	const [from, to] = [printMoment(backup), printMoment(at)];
	return [
		`The site of ${from} is in ${data}, and agrees with its ledgers:`,
		...ledgers.map(
			({ application, readings, forgotten }) =>
				`  ${application}: ${readings} readings proven${forgotten > 0 ? `, ${forgotten} older ones given up before` : ''}`,
		),
		...(readingsOpen
			? []
			: [
					'Their key is in a token, which is no part of a backup: start the site with that token before you give the old one up, or nobody reads them.',
				]),
		`${tokensVoided} unspent commissioning strings are void: expect those devices and readers again.`,
		`${revoked} certificates revoked by the lists given (${revokedUnknown} of others), ${adopted} certificates taken in.`,
		'',
		`What happened from ${from} to ${to} it does not know. Look through it before devices come back:`,
		'  - revocations: give --revocations with later lists, or revoke again. Until then a stolen key is good here.',
		'  - certificates issued and renewed: those devices hear certificate-unknown. Give --certificates, or register them again.',
		'  - grants revoked, policies applied: revoke and apply again.',
		'  - readings acknowledged then are lost, unless their sources still have them; those not acknowledged come by themselves.',
		'  - commands that were delivered then come again; devices know them by their id.',
		'Checkpoints signed then stand for another history: from here on the ledgers go by a new name, with the moment of the restore.',
	];
};
