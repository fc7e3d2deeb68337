import { constants, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { lz4Block } from '../codec/lz4.ts';
import { lzo } from '../codec/lzo.ts';
import { Damaged, feedOf } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import { lzmaAlone } from './compressed.ts';
import { readXz } from './xz.ts';

/** Unpacks one block, of at most as many bytes. Throws `CutShort`, `Damaged`. */
export type Unpack = (bytes: Buffer, most: number) => Promise<Buffer>;

const collected = async (read: (give: Give) => Promise<void>, most: number): Promise<Buffer> => {
	const parts: Buffer[] = [];
	let length = 0;
	await read(async (chunk) => {
		length += chunk.length;
		if (length > most) throw new Damaged();
		parts.push(Buffer.from(chunk));
	});
	return Buffer.concat(parts);
};

/** What Node's own decoders throw is damage. */
const checked = async (unpack: () => Buffer): Promise<Buffer> => {
	try {
		return unpack();
	} catch (error) {
		if (error instanceof Error && 'code' in error) throw new Damaged();
		throw error;
	}
};

const intoBuffer =
	(unpack: (bytes: Buffer, out: Buffer) => number): Unpack =>
	async (bytes, most) => {
		const out = Buffer.alloc(most);
		return out.subarray(0, unpack(bytes, out));
	};

/** Blocks as file systems pack them, by the compressor. */
export const unpackers = {
	none: async (bytes: Buffer) => bytes,
	/** Also where its last bytes were left out. */
	zlib: (bytes: Buffer, most: number) =>
		checked(() => inflateSync(bytes, { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH })),
	deflate: (bytes: Buffer, most: number) =>
		checked(() => inflateRawSync(bytes, { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH })),
	zstd: (bytes: Buffer, most: number) => checked(() => zstdDecompressSync(bytes, { maxOutputLength: most })),
	lzma: (bytes: Buffer, most: number) => collected((give) => lzmaAlone(feedOf(bytes), give), most),
	xz: (bytes: Buffer, most: number) => collected((give) => readXz(feedOf(bytes), give), most),
	lzo: intoBuffer(lzo),
	lz4: intoBuffer((bytes, out) => lz4Block(bytes, out, 0)),
} satisfies Record<string, Unpack>;
