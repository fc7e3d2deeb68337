import { Damaged } from '../codec/feed.ts';
import type { Format, Opened } from './format.ts';
import { member } from './tar.ts';

const LAST = 'TRAILER!!!';

interface Header {
	/** Of the header itself. */
	readonly length: number;
	readonly mode: number;
	readonly nameLength: number;
	readonly size: number;
	/** Names and contents are filled up to a multiple of it. */
	readonly align: number;
}

const newc = (bytes: Buffer): Header | null => {
	if (!/^07070[12][0-9A-Fa-f]{104}$/.test(bytes.toString('latin1', 0, 110))) return null;
	const field = (index: number): number => Number.parseInt(bytes.toString('latin1', 6 + index * 8, 14 + index * 8), 16);
	return { length: 110, mode: field(1), size: field(6), nameLength: field(11), align: 4 };
};

const odc = (bytes: Buffer): Header | null => {
	const text = bytes.toString('latin1', 0, 76);
	if (!/^070707[0-7]{70}$/.test(text)) return null;
	const field = (from: number, length: number): number => Number.parseInt(text.slice(from, from + length), 8);
	return { length: 76, mode: field(18, 6), nameLength: field(59, 6), size: field(65, 11), align: 1 };
};

const binary = (bytes: Buffer): Header | null => {
	if (bytes.length < 26) return null;
	const little = bytes.readUInt16LE(0) === 0x71c7;
	if (!little && bytes.readUInt16BE(0) !== 0x71c7) return null;
	const field = (index: number): number => (little ? bytes.readUInt16LE(index * 2) : bytes.readUInt16BE(index * 2));
	return { length: 26, mode: field(3), nameLength: field(10), size: field(11) * 65_536 + field(12), align: 2 };
};

const headerIn = (bytes: Buffer): Header | null => newc(bytes) ?? odc(bytes) ?? binary(bytes);

/** A header with a name behind it that ends where it is to end, and a mode that is one. */
const fits: Format['fits'] = (window, start) => {
	const bytes = window.subarray(start, start + 1200);
	const header = headerIn(bytes);
	if (header === null || header.nameLength < 2 || header.nameLength > 1024) return false;
	const end = header.length + header.nameLength - 1;
	const kind = header.mode >> 12;
	if (![0, 1, 2, 4, 6, 8, 10, 12].includes(kind)) return false;
	return bytes[end] === 0 && !bytes.subarray(header.length, end).includes(0);
};

const read = async (opened: Opened): Promise<void> => {
	const { feed } = opened;
	const start = feed.place;
	for (;;) {
		await feed.need(110);
		const header = headerIn(feed.bytes);
		if (header === null || header.nameLength > 65_536) throw new Damaged();
		const { length, nameLength, size, align } = header;
		// In newc all is counted from the start, in the old binary form every part has an even length.
		const fill = (): number => (align - ((feed.place - start) % align)) % align;
		const name = (await feed.take(length + nameLength)).toString('utf8', length, length + nameLength - 1);
		feed.commit();
		await feed.skip(fill());
		if (name === LAST) return;
		await member(opened, name, size);
		await feed.skip(fill());
	}
};

export const cpio: readonly Format[] = ['303730373031', '303730373032', '303730373037', 'c771', '71c7'].map(
	(magic) => ({
		name: 'a cpio archive',
		label: 'cpio',
		magic: Buffer.from(magic, 'hex'),
		// Two bytes are little to know it by.
		first: magic.length === 4,
		fits,
		read,
	}),
);
