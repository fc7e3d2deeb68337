import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '@keyward/core';

/** More than any text or command that a person names; a device such as /dev/zero never ends. */
const MOST = 64 * 1024 * 1024;

/** Of the checkout, and of the package where it is installed. */
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What to do where a file is not there: an example is named in documents by its path in Keyward. */
const mendOf = (file: string, code: string): string => {
	if (code === 'EISDIR') return 'it is a folder, name a file';
	if (code === 'EACCES' || code === 'EPERM') return 'change its rights, or run this as the account that owns it';
	if (!/^(?:\.\/)?examples\//.test(file) || !existsSync(join(root, file))) return 'check the path';
	return `Keyward's own is ${relative('', join(root, file))}`;
};

/** A file's bytes. Throws `Problem('file-unreadable')`. */
export const readBytes = (file: string): Buffer => {
	try {
		const opened = openSync(file, 'r');
		try {
			const parts: Buffer[] = [];
			for (let size = 0; ;) {
				const part = Buffer.allocUnsafe(65_536);
				const count = readSync(opened, part);
				if (count === 0) return Buffer.concat(parts, size);
				parts.push(part.subarray(0, count));
				size += count;
				if (size > MOST) throw new Problem('file-unreadable', `${file} has more than 64 MiB: check the path`);
			}
		} finally {
			closeSync(opened);
		}
	} catch (error) {
		if (error instanceof Problem) throw error;
		const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
		throw new Problem('file-unreadable', `${file} cannot be read (${why}): ${mendOf(file, why)}`, { cause: error });
	}
};

/** The text of a file that people write, a policy or a price list. Throws `Problem('file-unreadable')`, for what is not UTF-8 too. */
export const readDocument = (file: string): string => {
	const bytes = readBytes(file);
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch (cause) {
		throw new Problem('file-unreadable', `${file} is not text in UTF-8: check the path, or save it as UTF-8`, {
			cause,
		});
	}
};

/** A file's text. Throws `Problem('file-unreadable')`. */
export const readText = (file: string): string => readBytes(file).toString('utf8');
