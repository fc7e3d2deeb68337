import { readFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { requirePrivate } from '../private-file.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The PIN in the first line of a file of mode 600 that belongs to this user; a byte order mark before it is not part of it. Throws
 * `Problem('key-file')` when others may read it, and `Problem('token-pin')` when it holds none, or text that is not UTF-8.
 */
export const readPinFile = async (path: string): Promise<string> => {
	await requirePrivate(path);
	const [pin = ''] = textOf(path, await readFile(path)).split(/\r?\n/);
	if (pin === '') throw new Problem('token-pin', `${path} is empty: write the user PIN into it, on one line.`);
	return pin;
};

/** Bytes that were replaced or guessed at would be another PIN, and a part counts each wrong one. */
const textOf = (path: string, contents: Uint8Array): string => {
	// UTF-16 by its byte order mark, or by the zeros that it has between plain letters.
	if (contents.includes(0)) {
		throw new Problem('token-pin', `${path} has zero bytes in it, as UTF-16 has: save it as plain UTF-8 text.`);
	}
	try {
		return utf8.decode(contents);
	} catch {
		throw new Problem('token-pin', `${path} is not UTF-8: save it as plain UTF-8 text.`);
	}
};
