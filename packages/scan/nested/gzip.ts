import { crc32 } from 'node:zlib';
import { inflate } from '../codec/inflate.ts';
import { Damaged } from '../codec/feed.ts';
import type { Format, Inner, Opened } from './format.ts';

/** Header with its optional fields (RFC 1952 §2.3). */
const LONGEST_HEADER = 4096;
const MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
/** CRC and length after the data. */
const TRAILER = 8;

/** Length of the header that begins `bytes`; 0 when it is not one. */
const headerLength = (bytes: Buffer): number => {
	if (bytes.length < 10) return 0;
	const flags = bytes[3] ?? 0;
	if ((flags & 0xe0) !== 0) return 0;
	let at = 10;
	if ((flags & 4) !== 0) at += 2 + (bytes.length < at + 2 ? LONGEST_HEADER : bytes.readUInt16LE(at));
	for (const flag of [8, 16]) {
		if ((flags & flag) === 0) continue;
		const end = bytes.indexOf(0, at);
		if (end === -1) return 0;
		at = end + 1;
	}
	if ((flags & 2) !== 0) at += 2;
	return at > LONGEST_HEADER || bytes.length < at ? 0 : at;
};

const isMember = (bytes: Buffer): boolean => bytes.subarray(0, 3).equals(MAGIC) && headerLength(bytes) > 0;

const member = async ({ feed, problem }: Opened, inner: Inner): Promise<void> => {
	await feed.need(LONGEST_HEADER);
	const length = headerLength(feed.bytes);
	if (length === 0) throw new Damaged();
	feed.drop(length);
	let crc = 0;
	await inflate(feed, (bytes) => {
		crc = crc32(bytes, crc);
		return inner.write(bytes);
	});
	if (!(await feed.need(TRAILER))) return;
	if (feed.bytes.readUInt32LE(0) !== crc)
		problem('a gzip member is damaged: its checksum is wrong, and what was read of it may be, too');
	feed.drop(TRAILER);
};

/** Gzip (RFC 1952); members that follow one another are one stream, as §2.2 says. */
export const gzip: Format = {
	name: 'a gzip member',
	label: 'gzip',
	magic: MAGIC,
	fits: (window, start) => isMember(window.subarray(start, start + LONGEST_HEADER)),
	async read(opened) {
		const { feed } = opened;
		const inner = opened.inside();
		try {
			do {
				await member(opened, inner);
				opened.mark();
			} while ((await feed.need(10)) && isMember(feed.bytes.subarray(0, LONGEST_HEADER)));
		} catch (error) {
			inner.cut?.();
			throw error;
		} finally {
			await inner.end();
		}
	},
};
