import { crc32 } from 'node:zlib';
import type { Source } from '../content/source.ts';
import { Damaged } from '../codec/feed.ts';
import type { Format } from './format.ts';
import { into } from './into.ts';

const MAGIC = Buffer.from('UBI#');
const VOLUME = Buffer.from('UBI!');
const HEADER = 64;
/** Erase blocks are as long as one of these. */
const SIZES = Array.from({ length: 11 }, (_, index) => 4096 * 2 ** index);
const MOST_BLOCKS = 1_048_576;
/** Volumes that UBI keeps for itself. */
const INTERNAL = 0x7fffefff;

const isHeader = (bytes: Buffer): boolean =>
	bytes.length >= HEADER &&
	bytes.subarray(0, 4).equals(MAGIC) &&
	~crc32(bytes.subarray(0, 60)) >>> 0 === bytes.readUInt32BE(60);

interface Block {
	readonly at: number;
	readonly sequence: bigint;
}

/** Where the blocks of each volume lie, by their number there. */
const volumesIn = async (
	source: Source,
	size: number,
): Promise<{ readonly volumes: Map<number, Map<number, Block>>; readonly end: number }> => {
	const volumes = new Map<number, Map<number, Block>>();
	let end = 0;
	for (let at = 0; at < source.length && at / size < MOST_BLOCKS; at += size) {
		const head = await source.read(at, HEADER);
		// A block that went bad, or blank flash, may lie between others.
		if (!isHeader(head)) {
			if (at - end > size * 64) break;
			continue;
		}
		end = at + size;
		const header = await source.read(at + head.readUInt32BE(16), HEADER);
		if (header.length < HEADER || !header.subarray(0, 4).equals(VOLUME)) continue;
		const volume = header.readUInt32BE(8);
		const number = header.readUInt32BE(12);
		if (volume >= INTERNAL || number > MOST_BLOCKS) continue;
		const blocks = volumes.get(volume) ?? new Map<number, Block>();
		volumes.set(volume, blocks);
		const sequence = header.readBigUInt64BE(40);
		if ((blocks.get(number)?.sequence ?? -1n) < sequence)
			blocks.set(number, { at: at + head.readUInt32BE(20), sequence });
	}
	return { volumes, end };
};

/** UBI (Linux, drivers/mtd/ubi/ubi-media.h): each volume is one stream, put together from its erase blocks. */
export const ubi: Format = {
	name: 'a UBI image',
	label: 'UBI',
	magic: MAGIC,
	fits: (window, start) => isHeader(window.subarray(start, start + HEADER)),
	async read(opened) {
		const source = await opened.source();
		const first = await source.read(0, HEADER);
		let size = 0;
		for (const one of SIZES) if (size === 0 && isHeader(await source.read(one, HEADER))) size = one;
		// A single block: nothing says how long it is.
		if (size === 0) size = Math.min(source.length, 131_072);
		const data = first.readUInt32BE(20);
		if (data >= size) throw new Damaged();
		const { volumes, end } = await volumesIn(source, size);
		for (const [volume, blocks] of volumes) {
			const last = Math.max(...blocks.keys());
			await into(opened.inside(`volume ${volume}`), async (give) => {
				for (let number = 0; number <= last; number++) {
					const block = blocks.get(number);
					if (block !== undefined) await give(await source.read(block.at, size - data));
				}
			});
		}
		await opened.behind(end);
	},
};
