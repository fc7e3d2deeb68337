import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Held } from './collect.ts';
import type { Sink } from './nested/format.ts';
import { fileSource, type ReadableFile } from './content/source.ts';

const CHUNK = 262_144;

const readAt =
	(fd: number): ReadableFile['read'] =>
	(buffer, offset, length, position) =>
		new Promise((resolve, reject) => {
			read(fd, buffer, offset, length, position, (error, bytesRead) =>
				error === null ? resolve({ bytesRead }) : reject(error),
			);
		});

/** Reads a stream, such as standard input, to its end into a sink, as {@link readFileInto} does a file. */
export const readStreamInto = async (
	stream: AsyncIterable<Uint8Array>,
	sink: Sink,
	progress: (bytes: number) => void,
): Promise<void> => {
	try {
		for await (const chunk of stream) {
			await sink.write(Buffer.from(chunk));
			progress(chunk.length);
		}
	} finally {
		await sink.end();
	}
};

const isBusy = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EAGAIN';

/** How long a pipe is looked at for a writer, and how often. */
const PATIENCE = 3000;
const STEP = 50;

/** What stands in a pipe that was opened without waiting: null before a writer came. */
const firstOf = (pipe: number): Uint8Array | null => {
	const chunk = Buffer.alloc(CHUNK);
	try {
		const read = readSync(pipe, chunk);
		return read === 0 ? null : chunk.subarray(0, read);
	} catch (error) {
		if (isBusy(error)) return new Uint8Array();
		throw error;
	}
};

/**
 * Reads a pipe that has a writer, as {@link readStreamInto} does; false where none comes in three seconds: a reader of a pipe without
 * one would wait for ever.
 */
export const readPipeInto = async (path: Buffer, sink: Sink, progress: (bytes: number) => void): Promise<boolean> => {
	const pipe = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	let first: Uint8Array | null = null;
	try {
		for (let waited = 0; first === null && waited <= PATIENCE; waited += STEP) {
			if (waited > 0) await sleep(STEP);
			first = firstOf(pipe);
		}
	} finally {
		if (first === null) closeSync(pipe);
	}
	if (first === null) {
		await sink.end();
		return false;
	}
	const begin = first;
	const socket = new Socket({ fd: pipe, readable: true, writable: false });
	const all = async function* (): AsyncGenerator<Uint8Array> {
		yield begin;
		for await (const more of socket) yield more as Uint8Array;
	};
	await readStreamInto(all(), sink, progress);
	return true;
};

/**
 * Reads a file, which `held` gives at any place meanwhile, to the length that it had at the start into a sink, which is then ended; gives how many bytes. `progress` is
 * told the bytes as they are read. What was given before an error stays given; the error is thrown after the sink's end.
 */
export const readFileInto = async (
	path: Buffer,
	held: Held,
	sink: Sink,
	progress: (bytes: number) => void,
): Promise<number> => {
	// A file that has become a pipe since it was looked at must not make us wait for its writer.
	const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	let done = 0;
	try {
		const stats = fstatSync(fd);
		if (!stats.isFile()) throw Object.assign(new Error('no file any more'), { code: 'EINVAL' });
		// Files of the kernel say 0 and hold something.
		const length = stats.size === 0 ? CHUNK : stats.size;
		held.source = stats.size === 0 ? null : fileSource({ fd, read: readAt(fd) }, length);
		const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, length));
		while (done < length) {
			const wanted = Math.min(CHUNK, length - done);
			// A way to a thread and back costs more than to read a small file.
			const bytesRead =
				length <= CHUNK ? readSync(fd, buffer, 0, wanted, done) : (await readAt(fd)(buffer, 0, wanted, done)).bytesRead;
			if (bytesRead === 0) break;
			done += bytesRead;
			await sink.write(buffer.subarray(0, bytesRead));
			progress(bytesRead);
		}
	} finally {
		try {
			await sink.end();
		} finally {
			held.source = null;
			closeSync(fd);
		}
	}
	return done;
};
