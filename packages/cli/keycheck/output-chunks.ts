import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from '@keyward/core';
import { visible } from '@keyward/core/export';
import { print } from '../terminal/output.ts';

/** Pieces are written in blocks of about this many characters. */
const BLOCK = 65_536;

function* blocks(chunks: Iterable<string>): Generator<string> {
	let block = '';
	for (const chunk of chunks) {
		block += chunk;
		if (block.length < BLOCK) continue;
		yield block;
		block = '';
	}
	yield block;
}

/** Writes to standard output, no faster than its reader reads. */
export const printChunks = async (chunks: Iterable<string>): Promise<void> => {
	for (const block of blocks(chunks)) if (!print(block)) await once(process.stdout, 'drain');
};

/**
 * Writes a file whole or not at all: half a report would read as a short one. Throws `Problem('file-unreadable')` where it cannot
 * be written.
 */
export const writeFileWhole = (file: string, chunks: Iterable<string>): void => {
	// A pipe or a device is written as it is.
	const regular = !existsSync(file) || statSync(file).isFile();
	const partial = regular ? join(dirname(file), `.keyward-${randomBytes(8).toString('hex')}.partial`) : file;
	let isOurs = false;
	try {
		// Never over a file that somebody has.
		const open = openSync(partial, regular ? 'wx' : 'w');
		isOurs = regular;
		try {
			for (const block of blocks(chunks)) writeAll(open, Buffer.from(visible(block)));
			if (regular) fsyncSync(open);
		} finally {
			closeSync(open);
		}
		if (regular) renameSync(partial, file);
	} catch (error) {
		if (isOurs) rmSync(partial, { force: true });
		const code = error instanceof Error && 'code' in error ? String(error.code) : null;
		if (code === null) throw error;
		throw new Problem('file-unreadable', `${file} cannot be written (${code}): free space or choose another path`);
	}
};

const writeAll = (open: number, bytes: Uint8Array): void => {
	for (let done = 0; done < bytes.length;) done += writeSync(open, bytes, done);
};
