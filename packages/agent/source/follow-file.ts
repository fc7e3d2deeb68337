import { type FileHandle, open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bytes, Milliseconds } from '@keyward/core';

/** How often a file is looked at once its end is reached. */
const lookEvery: Milliseconds = 250;
const mostAtOnce: Bytes = 64 * 1024;
/** What is read again at each look, to know the file by. */
const remembered: Bytes = 256;

/**
 * The file of that name as it grows, then the one that takes its place (log rotation), each as bytes that end when it is another's turn: renamed,
 * or emptied and written again. Waits for one that is not there yet. Never ends by itself.
 */
export async function* followFile(path: string, signal: AbortSignal): AsyncIterable<Readable> {
	const pause = (): Promise<void> => sleep(lookEvery, undefined, { signal }).catch(() => {});
	while (!signal.aborted) {
		const file = await whereThere(open(path, 'r'));
		if (file === null) await pause();
		else yield Readable.from(grow(file, path, signal, pause), { objectMode: false });
	}
}

async function* grow(
	file: FileHandle,
	path: string,
	signal: AbortSignal,
	pause: () => Promise<void>,
): AsyncIterable<Buffer> {
	const read = async (from: Bytes, most: Bytes): Promise<Buffer> => {
		const { bytesRead, buffer } = await file.read(Buffer.alloc(most), 0, most, from);
		return buffer.subarray(0, bytesRead);
	};
	try {
		let [position, last, isAnother] = [0, Buffer.alloc(0), false];
		while (!signal.aborted) {
			// Integrity (input-refused): emptied and written again, it would be read from the middle of a row on. One read, so that it is of one file.
			const seen = await read(position - last.length, last.length + mostAtOnce);
			if (!seen.subarray(0, last.length).equals(last)) return;
			const bytes = seen.subarray(last.length);
			position += bytes.length;
			if (bytes.length > 0) {
				const all = Buffer.concat([last, bytes]);
				last = all.subarray(Math.max(0, all.length - remembered));
				yield bytes;
			} else if (isAnother) {
				return;
			} else {
				await pause();
				// What was written up to the change of names is read before.
				isAnother = await isNameOfAnother(path, file);
			}
		}
	} finally {
		await file.close();
	}
}

/** False where nothing has the name: a file may come. */
const isNameOfAnother = async (path: string, file: FileHandle): Promise<boolean> => {
	const [now, then] = [await whereThere(stat(path)), await file.stat()];
	return now !== null && (now.ino !== then.ino || now.dev !== then.dev);
};

const whereThere = async <What>(what: Promise<What>): Promise<What | null> => {
	try {
		return await what;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw error;
	}
};
