import { lz4Block } from '../codec/lz4.ts';
import { Damaged, type Feed } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format } from './format.ts';
import { into } from './into.ts';

const LZ4 = Buffer.from('04224d18', 'hex');
const LZ4_LEGACY = Buffer.from('02214c18', 'hex');
const LZ4_BLOCKS = [0, 0, 0, 0, 65_536, 262_144, 1_048_576, 4_194_304] as const;
const LZ4_BACK = 65_536;

/** One frame of LZ4 (lz4_Frame_format.md). */
const lz4Frame = async (feed: Feed, give: Give): Promise<void> => {
	const head = await feed.take(6);
	const flags = head[4] ?? 0;
	const longest = LZ4_BLOCKS[((head[5] ?? 0) >> 4) & 7] ?? 0;
	if (flags >> 6 !== 1 || longest === 0) throw new Damaged();
	await feed.skip(((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4) + 1);
	const linked = (flags & 0x20) === 0;
	const out = Buffer.allocUnsafe(LZ4_BACK + longest);
	let kept = 0;
	for (;;) {
		const size = (await feed.take(4)).readUInt32LE(0);
		if (size === 0) break;
		const length = size & 0x7fffffff;
		if (length > longest) throw new Damaged();
		const bytes = await feed.take(length);
		const stored = size >= 0x80000000;
		const end = stored ? kept + bytes.copy(out, kept) : lz4Block(bytes, out, kept);
		await give(out.subarray(kept, end));
		if ((flags & 0x10) !== 0) await feed.skip(4);
		const from = linked ? Math.max(0, end - LZ4_BACK) : end;
		out.copyWithin(0, from, end);
		kept = end - from;
	}
	if ((flags & 4) !== 0) await feed.skip(4);
};

export const lz4: Format = {
	name: 'what LZ4 has compressed',
	label: 'lz4',
	magic: LZ4,
	fits: (window, at) =>
		(window[at + 4] ?? 0) >> 6 === 1 &&
		((window[at + 4] ?? 0) & 2) === 0 &&
		((window[at + 5] ?? 0) & 0x8f) === 0 &&
		(window[at + 5] ?? 0) >> 4 >= 4,
	read: ({ feed, inside }) =>
		into(inside(), async (give) => {
			do await lz4Frame(feed, give);
			while ((await feed.need(7)) && feed.bytes.subarray(0, 4).equals(LZ4));
		}),
};

/** The older form, which kernels are packed in: blocks of 8 MiB to the end. */
const LEGACY_BLOCK = 8_388_608;
export const lz4Legacy: Format = {
	name: 'what LZ4 has compressed',
	label: 'lz4',
	magic: LZ4_LEGACY,
	fits: (window, at) =>
		at + 8 <= window.length && window.readUInt32LE(at + 4) > 4 && window.readUInt32LE(at + 4) < LEGACY_BLOCK + 65_536,
	read: ({ feed, inside }) =>
		into(inside(), async (give) => {
			feed.drop(4);
			const out = Buffer.allocUnsafe(LEGACY_BLOCK);
			while (await feed.need(4)) {
				const length = feed.bytes.readUInt32LE(0);
				if (length === 0 || length > LEGACY_BLOCK + 65_536 || !(await feed.need(4 + length))) break;
				feed.drop(4);
				await give(out.subarray(0, lz4Block(await feed.take(length), out, 0)));
			}
		}),
};
