import { unpackers } from './blocks.ts';
import { Damaged } from '../codec/feed.ts';
import type { Format } from './format.ts';
import { into } from './into.ts';

const SECTOR = 512;
const [COMPRESSED, MARKERS] = [0x10000, 0x20000];
/** A grain is 64 KiB unpacked, or what the header says, at most as many. */
const LONGEST_GRAIN = 16_777_216;

/** Stream-optimised VMDK (Virtual Disk Format 5.0), as in OVA: grains packed one after the other. Others lie open in the file. */
export const vmdk: Format = {
	name: 'a VMDK image',
	label: 'VMDK',
	magic: Buffer.from('KDMV'),
	fits: (window, start) =>
		start + SECTOR <= window.length &&
		window.readUInt32LE(start + 4) <= 3 &&
		(window.readUInt32LE(start + 8) & (COMPRESSED | MARKERS)) === COMPRESSED + MARKERS,
	async read({ feed, inside }) {
		const header = Buffer.from(await feed.take(SECTOR));
		const grain = Number(header.readBigUInt64LE(20)) * SECTOR;
		if (grain > LONGEST_GRAIN) throw new Damaged();
		await feed.skip((Number(header.readBigUInt64LE(64)) - 1) * SECTOR);
		await into(inside(), async (give) => {
			while (await feed.need(SECTOR)) {
				const sectors = Number(feed.bytes.readBigUInt64LE(0));
				const size = feed.bytes.readUInt32LE(8);
				if (size > 0) {
					const packed = (await feed.take(12 + size)).subarray(12);
					const bytes = await unpackers.zlib(packed, grain);
					await feed.skip((SECTOR - ((12 + size) % SECTOR)) % SECTOR);
					await give(bytes);
					continue;
				}
				const type = feed.bytes.readUInt32LE(12);
				feed.drop(SECTOR);
				if (type === 0) return;
				await feed.skip(sectors * SECTOR);
			}
		});
	},
};
