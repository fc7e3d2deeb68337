import { CutShort, Damaged, type Feed } from '../codec/feed.ts';
import type { Format, Opened } from './format.ts';

const BLOCK = 512;
/** Longer names are cut. */
const LONGEST_NAME = 4096;

const text = (bytes: Buffer, from: number, length: number): string => {
	const field = bytes.subarray(from, from + length);
	const end = field.indexOf(0);
	return field.toString('utf8', 0, end === -1 ? length : end);
};

/** Octal digits, or a number in base 256 (GNU tar). */
const numberIn = (bytes: Buffer, from: number, length: number): number => {
	if (((bytes[from] ?? 0) & 0x80) !== 0) {
		const value = bytes.subarray(from + 1, from + length).reduce((all, octet) => all * 256 + octet, 0);
		return value > Number.MAX_SAFE_INTEGER ? -1 : value;
	}
	const digits = text(bytes, from, length).trim();
	return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : -1;
};

/** The checksum tells a header from anything else (POSIX.1, pax, ustar Interchange Format). */
const isHeader = (block: Buffer): boolean => {
	if (block.length < BLOCK || block[0] === 0) return false;
	const wanted = numberIn(block, 148, 8);
	let sum = 256;
	for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
	return sum === wanted && numberIn(block, 124, 12) >= 0;
};

/** `key=value` records of pax, each with its length before. */
const paxPath = (records: string): string | null => /(?:^|\n)\d+ path=([^\n]{1,4096})\n/.exec(records)?.[1] ?? null;

/** All members to the end of the archive. */
const members = async (opened: Opened): Promise<void> => {
	const { feed } = opened;
	let named: string | null = null;
	for (;;) {
		if (!(await feed.need(BLOCK)) || !isHeader(feed.bytes)) break;
		const header = Buffer.from(await feed.take(BLOCK));
		const type = String.fromCharCode(header[156] ?? 0);
		const length = numberIn(header, 124, 12);
		const padding = (BLOCK - (length % BLOCK)) % BLOCK;
		feed.commit();
		if (type === 'L' || type === 'x') {
			const told = (await takeSome(feed, length)).toString('utf8');
			named = type === 'L' ? (told.split('\0')[0] ?? '') : (paxPath(told) ?? named);
			await feed.skip(padding);
			continue;
		}
		if (type === 'g' || type === 'K') {
			await feed.skip(length + padding);
			continue;
		}
		const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
		const name =
			named ??
			(prefix === '' || header.toString('latin1', 257, 265) === 'ustar  \0' ? '' : `${prefix}/`) + text(header, 0, 100);
		named = null;
		if (type === 'S') opened.problem('a sparse file in tar was read without its holes', name);
		await member(opened, name, length);
		await feed.skip(padding);
	}
	// Zeros end it; a writer may leave them out.
	while ((await feed.need(BLOCK)) && feed.bytes.subarray(0, BLOCK).every((octet) => octet === 0)) feed.drop(BLOCK);
};

/** A name, or records, of a sensible length. */
const takeSome = async (feed: Feed, length: number): Promise<Buffer> => {
	if (length > 1_048_576) throw new Damaged();
	return Buffer.from(await feed.take(length));
};

/** Gives the next `length` bytes to a stream inside. Throws `CutShort`. */
export const member = async (opened: Opened, name: string, length: number): Promise<void> => {
	const inner = opened.inside(name.slice(0, LONGEST_NAME));
	try {
		for (let left = length; left > 0;) {
			const some = await opened.feed.some(left);
			if (some === null) throw new CutShort();
			left -= some.length;
			await inner.write(some);
		}
	} finally {
		await inner.end();
	}
};

const fits: Format['fits'] = (window, start) => isHeader(window.subarray(start, start + BLOCK));

const common = { name: 'a tar archive', label: 'tar', read: members } as const;

/** Tar as POSIX and GNU write it, wherever it begins. */
const ustar: Format = { ...common, magic: Buffer.from('ustar'), at: 257, fits };

/** Before POSIX there was no magic: how the checksum ends, and the checksum itself, tell at the start of a stream. */
const old: Format = {
	...common,
	magic: Buffer.from([0x00, 0x20]),
	at: 154,
	first: true,
	fits: (window, start) => fits(window, start) && window[start + 257] === 0,
};

export const tar: readonly Format[] = [ustar, old];
