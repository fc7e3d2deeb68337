import type { Content } from '../content.ts';
import type { Carver } from '../window.ts';

interface Image {
	readonly magic: Buffer;
	readonly name: string;
	/** Four letters meet by chance in every few gigabytes: what stands behind them must fit too. */
	readonly fits: (header: Buffer) => boolean;
}

const images: readonly Image[] = [
	{
		// Erase counter header of UBI: version 1, three zeros.
		magic: Buffer.from('UBI#'),
		name: 'an UBI image',
		fits: (header) => header.length >= 8 && header.readUInt32BE(4) === 0x01000000,
	},
	{
		// JFFS2 compresses node by node: an inode (0xE002) or directory entry (0xE001) with a plausible length.
		magic: Buffer.from([0x85, 0x19]),
		name: 'a JFFS2 image',
		fits: (header) =>
			header.length >= 8 &&
			(header.readUInt16LE(2) === 0xe001 || header.readUInt16LE(2) === 0xe002) &&
			header.readUInt32LE(4) >= 40 &&
			header.readUInt32LE(4) < 0x2000,
	},
];

/** Names compressed file systems at any place in an image: keys in them are not seen, and that is said. */
export const fileSystemCarver = (content: Content): Carver => {
	const said = new Set<string>();
	return (window, base, from, to) => {
		for (const { magic, name, fits } of images) {
			for (let at = window.indexOf(magic, from); at !== -1 && at < to && !said.has(name);) {
				if (base + at > 0 && fits(window.subarray(at, at + 96))) {
					said.add(name);
					content.problem(`it holds ${name}, which is not opened: unpack it first`, `byte ${base + at}`);
				}
				at = window.indexOf(magic, at + 1);
			}
		}
		return to;
	};
};
