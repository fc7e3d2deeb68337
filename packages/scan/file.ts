import { constants, open } from 'node:fs/promises';
import type { Held } from './collect.ts';
import type { Sink } from './nested/format.ts';
import { fileSource } from './content/source.ts';

const CHUNK = 262_144;

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
	const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
	let read = 0;
	try {
		const stats = await file.stat();
		if (!stats.isFile()) throw Object.assign(new Error('no file any more'), { code: 'EINVAL' });
		// Files of the kernel say 0 and hold something.
		const length = stats.size === 0 ? CHUNK : stats.size;
		held.source = stats.size === 0 ? null : fileSource(file, length);
		const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, length));
		while (read < length) {
			const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, length - read), read);
			if (bytesRead === 0) break;
			read += bytesRead;
			await sink.write(buffer.subarray(0, bytesRead));
			progress(bytesRead);
		}
	} finally {
		try {
			await sink.end();
		} finally {
			held.source = null;
			await file.close();
		}
	}
	return read;
};
