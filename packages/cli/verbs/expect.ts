import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import { parseCommissioning } from '@keyward/core/enrol/commissioning-string';
import { type Command, Option } from 'commander';
import { machineFault } from '../terminal/machine-fault.ts';
import { print, printJson, tell } from '../terminal/output.ts';
import { type CommissioningFormat, commissioningFormats, formatFor } from './commissioning-format.ts';
import { printMoment } from './moment.ts';

const mayNotWrite = (folder: string): string =>
	`this account may not write in the folder ${folder}. Name a file in one where it may.`;

/** Why a new file in this folder cannot be had, and what to do. */
const notMade: Readonly<Record<string, (folder: string) => string>> = {
	ENOENT: (folder) => `there is no folder ${folder}. Make it, or name a file in another.`,
	EACCES: mayNotWrite,
	EPERM: mayNotWrite,
	EROFS: (folder) => `the folder ${folder} is on a file system that cannot be written. Name a file in another.`,
	EEXIST: () => 'it is there already. Name a file that is not, or move this one away.',
	EISDIR: () => 'it is there already, as a folder. Name a file that is not there.',
};

/** A new file that its owner alone can read; null for none. Throws `file-unreadable` when it exists or cannot be made. */
const secretFile = async (path: string | undefined): Promise<FileHandle | null> => {
	if (path === undefined) return null;
	return open(path, 'wx', 0o600).catch((cause: unknown) => {
		const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
		const why = notMade[code];
		if (why === undefined) throw machineFault(cause) ?? cause;
		throw new Problem('file-unreadable', `${path} cannot be made: ${why(dirname(path))}`, { cause });
	});
};

/** What `device expect` and `reader expect` take of how the string is given out. */
export interface GivenOut {
	readonly out?: string;
	readonly json?: boolean;
	readonly format?: CommissioningFormat;
	readonly qr?: boolean;
	readonly qrPng?: string;
}

/** Adds `--out`, `--format`, `--qr` and `--qr-png`. */
export const givenOutOptions = (command: Command): Command =>
	command
		.option('--out <file>', 'write the string to this new file instead')
		.addOption(
			new Option('--format <format>', 'write it for programs that do not read the string')
				.choices(commissioningFormats)
				.default('string'),
		)
		.option('--qr', 'show the string as a QR code, on standard error')
		.option('--qr-png <file>', 'write the QR code to this new file');

/** The string itself, or another format of it; the service CA is fetched and checked by the string's pin. */
const textOf = async (commissioning: string, expires: Instant, format: CommissioningFormat): Promise<string> => {
	if (format === 'string') return `${commissioning}\n`;
	const string = parseCommissioning(commissioning);
	const { findServiceCa } = await import('@keyward/agent/service-ca');
	return formatFor(format, { string, expires, serviceCa: await findServiceCa(string.est, string.serviceCa) });
};

/**
 * Prints a commissioning string: alone on standard output, so that it can be piped, and words for people on standard
 * error; or into a new file. The file is made first: a string made for a file that cannot be had would be lost.
 */
export const printCommissioning = async (
	kind: 'device' | 'reader',
	id: string,
	{ out, json = false, format = 'string', qr = false, qrPng: picture }: GivenOut,
	make: () => Promise<{ commissioning: string; expires: Instant }>,
): Promise<void> => {
	if (json && format !== 'string')
		throw new Problem('request-malformed', '--json and --format say the same thing twice: give one of them.');
	const file = await secretFile(out);
	let pictureFile: FileHandle | null = null;
	try {
		pictureFile = await secretFile(picture);
		const { commissioning, expires } = await make();
		const text = await textOf(commissioning, expires, format);
		await file?.writeFile(text);
		if (qr || picture !== undefined) {
			const { qrLines, qrPng } = await import('../terminal/qr-code.ts');
			await pictureFile?.writeFile(qrPng(commissioning));
			if (qr) tell(qrLines(commissioning));
		}
		if (json) {
			printJson({ ...secretOrFile(commissioning, out), ...partsOf(commissioning), expires });
			return;
		}
		if (out === undefined) print(text);
		const how =
			format === 'string'
				? `On the ${kind}: keyward ${kind} commission --from ${out ?? 'FILE'}${out === undefined ? ' (or pipe the string to it)' : ''}\n`
				: '';
		tell(
			`${id} is expected until ${printMoment(expires)}. Its commissioning string works once and is a secret until then.\n${how}`,
		);
	} catch (error) {
		for (const one of [file === null ? null : out, pictureFile === null ? null : picture])
			if (typeof one === 'string') await rm(one, { force: true });
		if (error instanceof Error && 'code' in error && error.code === 'ENOSPC' && !('path' in error))
			throw machineFault(Object.assign(error, { path: out ?? picture })) ?? error;
		throw error;
	} finally {
		await file?.close();
		await pictureFile?.close();
	}
};

/** Where a file was named, the secret is in it alone. */
const secretOrFile = (commissioning: string, file: string | undefined): object =>
	file === undefined ? { commissioning, token: parseCommissioning(commissioning).token } : { file };

/** What a program that does not read commissioning strings needs to enrol by EST; nothing of it is secret. */
const partsOf = (commissioning: string): object => {
	const { service, est, mqtt, application, kind, id, class: className, serviceCa } = parseCommissioning(commissioning);
	return {
		kind,
		application,
		id,
		class: className,
		service,
		est: { url: est, label: application },
		mqtt,
		pins: { serviceCa: Buffer.from(serviceCa).toString('hex') },
	};
};
