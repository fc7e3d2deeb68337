import { createInflate, createInflateRaw } from 'node:zlib';
import { CutShort, Damaged, type Feed } from './feed.ts';
import type { Give } from './give.ts';

/** Bytes that are tried first: most of what only looks like deflate ends within them. */
const FIRST = 16_384;
const CHUNK = 262_144;

/** Inflates deflate (RFC 1951), or zlib (RFC 1950), to its own end. Throws `CutShort`, `Damaged`. */
export const inflate = async (feed: Feed, give: Give, kind: 'deflate' | 'zlib' = 'deflate'): Promise<void> => {
	const stream = (kind === 'zlib' ? createInflate : createInflateRaw)({ chunkSize: CHUNK });
	let thrown: Error | null = null;
	const drain = async (): Promise<void> => {
		try {
			for await (const chunk of stream as AsyncIterable<Buffer>) await give(chunk);
		} catch (error) {
			thrown = error instanceof Error ? error : new Error('inflating failed', { cause: error });
		}
	};
	const failure = (): Error | null => {
		const code = thrown !== null && 'code' in thrown ? String(thrown.code) : '';
		if (!code.startsWith('Z_')) return thrown;
		return code === 'Z_BUF_ERROR' ? new CutShort() : new Damaged();
	};
	let ended = false;
	const done = drain().then(() => (ended = true));
	let fed = 0;
	try {
		for (let first = true; ; first = false) {
			if (!(await feed.need(1))) {
				stream.end();
				break;
			}
			const bytes = feed.bytes.subarray(0, first ? FIRST : CHUNK);
			fed += bytes.length;
			const before = stream.bytesWritten;
			const written = new Promise<void>((resolve) => stream.write(bytes, () => resolve()));
			await Promise.race([written, done]);
			if (!ended && stream.bytesWritten === fed) {
				feed.drop(bytes.length);
				continue;
			}
			await done;
			feed.drop(Math.max(0, Math.min(bytes.length, stream.bytesWritten - before)));
			break;
		}
		await done;
	} finally {
		stream.destroy();
	}
	const error = failure();
	if (error !== null) throw error;
};
