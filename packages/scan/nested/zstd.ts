import { createZstdDecompress } from 'node:zlib';
import { Damaged, type Feed } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format } from './format.ts';
import { into } from './into.ts';

const ZSTD = Buffer.from('28b52ffd', 'hex');
/** Bytes of a frame's header behind its magic (RFC 8878 §3.1.1.1); 0 for anything else. */
const zstdHeader = (descriptor: number): number => {
	if ((descriptor & 0x08) !== 0) return 0;
	const single = (descriptor >> 5) & 1;
	const content = [single, 2, 4, 8][descriptor >> 6] ?? 0;
	return 1 + (1 - single) + ([0, 1, 2, 4][descriptor & 3] ?? 0) + content;
};

/** Passes the bytes of one frame, and no more, to `to`. */
const zstdFrame = async (feed: Feed, to: (bytes: Buffer) => Promise<void>): Promise<void> => {
	const head = await feed.take(5);
	const descriptor = head[4] ?? 0;
	const rest = zstdHeader(descriptor) - 1;
	if (!head.subarray(0, 4).equals(ZSTD) || rest < 0) throw new Damaged();
	await to(head);
	await to(await feed.take(rest));
	for (let last = false; !last;) {
		const header = await feed.take(3);
		const block = header.readUIntLE(0, 3);
		const type = (block >> 1) & 3;
		if (type === 3) throw new Damaged();
		last = (block & 1) === 1;
		await to(header);
		await to(await feed.take(type === 1 ? 1 : block >> 3));
	}
	if ((descriptor & 4) !== 0) await to(await feed.take(4));
};

/** Decodes frames of Zstandard (RFC 8878) that follow one another. Throws `CutShort`, `Damaged`. */
export const readZstd = async (feed: Feed, give: Give): Promise<void> => {
	do {
		const stream = createZstdDecompress();
		let thrown: Error | null = null;
		let ended = false;
		const drain = async (): Promise<void> => {
			try {
				for await (const chunk of stream as AsyncIterable<Buffer>) await give(chunk);
			} catch (error) {
				thrown = error instanceof Error ? error : new Error('Zstandard failed', { cause: error });
			}
			ended = true;
		};
		const failure = (): Error | null =>
			thrown !== null && 'code' in thrown && String(thrown.code).startsWith('ZSTD') ? new Damaged() : thrown;
		const done = drain();
		try {
			await zstdFrame(feed, async (bytes) => {
				if (ended) throw new Damaged();
				await Promise.race([new Promise<void>((resolve) => stream.write(Buffer.from(bytes), () => resolve())), done]);
			});
			stream.end();
			await done;
		} finally {
			stream.destroy();
		}
		const error = failure();
		if (error !== null) throw error;
	} while ((await feed.need(8)) && feed.bytes.subarray(0, 4).equals(ZSTD));
};

export const zstd: Format = {
	name: 'what Zstandard has compressed',
	label: 'zstd',
	magic: ZSTD,
	fits: (window, at) => {
		const length = zstdHeader(window[at + 4] ?? 8);
		const block = at + 4 + length;
		// The first block is of a known type, and no longer than one may be.
		return (
			length > 0 &&
			block + 3 <= window.length &&
			((window[block] ?? 0) & 6) !== 6 &&
			window.readUIntLE(block, 3) >> 3 <= 131_072
		);
	},
	read: ({ feed, inside }) => into(inside(), (give) => readZstd(feed, give)),
};
