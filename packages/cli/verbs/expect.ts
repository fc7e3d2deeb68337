import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Instant, Problem } from '@keyward/core';
import { parseCommissioning } from '@keyward/core/enrol';
import { print, printJson, tell } from '../terminal/output.ts';
import { printMoment } from './moment.ts';

/** A new file that its owner alone can read; null for none. Throws `file-unreadable` when it exists or cannot be made. */
const secretFile = async (path: string | undefined): Promise<FileHandle | null> => {
	if (path === undefined) return null;
	return open(path, 'wx', 0o600).catch((cause: unknown) => {
		const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
		throw new Problem('file-unreadable', `${path} cannot be made (${why}): name a file that does not exist yet.`, {
			cause,
		});
	});
};

/**
 * Prints a commissioning string: alone on standard output, so that it can be piped, and words for people on standard
 * error; or into a new file. The file is made first: a string made for a file that cannot be had would be lost.
 */
export const printCommissioning = async (
	kind: 'device' | 'reader',
	id: string,
	{ out, json = false }: { readonly out?: string; readonly json?: boolean },
	make: () => Promise<{ commissioning: string; expires: Instant }>,
): Promise<void> => {
	const file = await secretFile(out);
	try {
		const { commissioning, expires } = await make();
		await file?.writeFile(`${commissioning}\n`);
		if (json) {
			printJson({ ...secretOrFile(commissioning, out), ...partsOf(commissioning), expires });
			return;
		}
		if (out === undefined) print(`${commissioning}\n`);
		tell(
			`${id} is expected until ${printMoment(expires)}. Its commissioning string works once and is a secret until then.\n` +
				`On the ${kind}: keyward ${kind} commission --from ${out ?? 'FILE'}${out === undefined ? ' (or pipe the string to it)' : ''}\n`,
		);
	} catch (error) {
		if (out !== undefined) await rm(out, { force: true });
		throw error;
	} finally {
		await file?.close();
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
