import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem } from '@keyward/core';
import type { StreamReading } from '@keyward/core/export';
import { syncFolder } from '@keyward/custody';
import type { CursorBook } from './cursor-book.ts';
import type { Sink } from './sink.ts';

/** How readings are written, and what stands before the first. */
export interface FileForm {
	readonly header: string;
	readonly write: (reading: StreamReading) => string;
}

/**
 * Appends to a file. The book's length is how many of its bytes were delivered: what stands behind them was being written when
 * the process ended, and is written again, so that each reading is in it once. A file that was taken away, or emptied, as log
 * rotation does, begins again. Throws `Problem('target-changed')` for a file that is not the one that was written.
 */
export const openFileSink = async (
	path: string,
	{ header, write }: FileForm,
	{ length, restart }: Pick<CursorBook, 'length' | 'restart'>,
	/** `--after`: what the file holds of later readings is written again. */
	from?: string,
): Promise<Sink> => {
	const present = await stat(path).catch(() => null);
	if (present !== null && present.size > 0) {
		if (length === null)
			throw new Problem(
				'target-changed',
				`${path} is there, and not by this reader: name a file that is not there yet.`,
			);
		if (present.size < length)
			throw new Problem('target-changed', `${path} is shorter than it was left: move it away, and a new one begins.`);
	}
	const file = await opened(path);
	const kept = present === null || present.size === 0 ? 0 : (length ?? 0);
	// Before its first byte: a crash after it finds a file of this reader.
	if (kept === 0) restart();
	await file.truncate(kept);
	await file.sync();
	if (present === null) await syncFolder(dirname(path));
	let end = kept;
	return {
		promise: promiseOf(path, kept, from),
		put: async (readings) => {
			const bytes = Buffer.from(`${end === 0 ? header : ''}${readings.map(write).join('')}`);
			try {
				await writeAll(file, bytes, end);
				await file.datasync();
			} catch (cause) {
				const why = cause instanceof Error ? cause.message : String(cause);
				throw new Problem('target-unavailable', `${path} cannot be written: ${why}`, { cause });
			}
			end += bytes.length;
			return end;
		},
		close: () => file.close(),
	};
};

const promiseOf = (path: string, kept: number, from: string | undefined): string => {
	if (kept === 0) return 'each reading is in the file once';
	return from === undefined
		? 'each further reading is written to the file once'
		: `readings after ${from} are written behind what the file holds, those that it has already a second time; for a file with each reading once, move ${path} away first`;
};

/** At its place, so that one that failed halfway is written over. */
const writeAll = async (file: FileHandle, bytes: Uint8Array, at: number): Promise<void> => {
	for (let done = 0; done < bytes.length;) {
		const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
		done += bytesWritten;
	}
};

/** Readings are for whom they were granted to: nobody else of this machine reads the file. */
const opened = async (path: string): Promise<FileHandle> => {
	try {
		return await open(path, 'r+').catch(() => open(path, 'wx+', 0o600));
	} catch (cause) {
		const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
		throw new Problem('file-unreadable', `${path} cannot be opened or made (${why}): check the path.`, { cause });
	}
};
