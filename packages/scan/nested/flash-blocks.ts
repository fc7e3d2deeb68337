import { CutShort, Damaged } from '../codec/feed.ts';
import type { Format, Opened } from './format.ts';
import { into } from './into.ts';

const UF2 = Buffer.from('5546320a57515d9e', 'hex');
const UF2_BLOCK = 512;
/** A gap up to this is filled with zeros. */
const GAP = 65_536;

/** UF2 (github.com/microsoft/uf2): blocks of up to 476 bytes, each with its address. */
const uf2: Format = {
	name: 'an UF2 image',
	label: 'UF2',
	magic: UF2,
	fits: (window, start) => start + UF2_BLOCK <= window.length && window.readUInt32LE(start + 508) === 0x0ab16f30,
	async read({ feed, inside }) {
		let next = -1;
		let inner = inside();
		try {
			while ((await feed.need(UF2_BLOCK)) && feed.bytes.subarray(0, UF2.length).equals(UF2)) {
				const block = await feed.take(UF2_BLOCK);
				const address = block.readUInt32LE(12);
				const length = block.readUInt32LE(16);
				if (length > 476) throw new Damaged();
				// A block that is not for the main memory.
				if ((block.readUInt32LE(8) & 1) === 1) continue;
				if (next >= 0 && (address < next || address - next > GAP)) {
					await inner.end();
					inner = inside(`address ${address}`);
				} else if (next >= 0 && address > next) await inner.write(Buffer.alloc(address - next));
				await inner.write(block.subarray(32, 32 + length));
				next = address + length;
			}
		} finally {
			await inner.end();
		}
	},
};

const SPARSE = Buffer.from('3aff26ed01000000', 'hex');
const [RAW, FILL, DONT_CARE, CRC] = [0xcac1, 0xcac2, 0xcac3, 0xcac4];

const readSparse = async ({ feed, inside }: Opened): Promise<void> => {
	const head = await feed.take(28);
	await feed.skip(head.readUInt16LE(8) - 28);
	const block = head.readUInt32LE(12);
	const chunks = head.readUInt32LE(20);
	const chunkHeader = head.readUInt16LE(10);
	await into(inside(), async (give) => {
		for (let index = 0; index < chunks; index++) {
			const chunk = await feed.take(12);
			const [type, blocks, total] = [chunk.readUInt16LE(0), chunk.readUInt32LE(4), chunk.readUInt32LE(8)];
			await feed.skip(chunkHeader - 12);
			if (type === RAW) {
				for (let left = total - chunkHeader; left > 0;) {
					const some = await feed.some(left);
					if (some === null) throw new CutShort();
					left -= some.length;
					await give(some);
				}
			} else if (type === FILL) {
				const fill = (await feed.take(4)).readUInt32LE(0);
				// What is filled with one word holds nothing: a little of it keeps what lies around apart.
				if (blocks > 0) await give(Buffer.alloc(Math.min(block, 4096), Buffer.of(fill & 255)));
			} else if (type === DONT_CARE) await give(Buffer.alloc(Math.min(block * blocks, 4096)));
			else if (type === CRC) await feed.skip(4);
			else throw new Damaged();
		}
	});
};

/** Android's sparse images (system/core/libsparse): holes are not written out. */
const sparse: Format = {
	name: 'a sparse image of Android',
	label: 'sparse',
	magic: SPARSE,
	fits: (window, start) =>
		start + 28 <= window.length && window.readUInt16LE(start + 8) >= 28 && window.readUInt32LE(start + 12) % 4 === 0,
	read: readSparse,
};

/** Images of memories in blocks. */
export const flashBlocks: readonly Format[] = [uf2, sparse];
