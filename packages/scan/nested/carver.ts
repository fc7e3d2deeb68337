import type { Content } from '../content/content.ts';
import { isZero } from '../content/window.ts';
import { CutShort, Damaged, Feed } from '../codec/feed.ts';
import { type Format, type Sink, Stopped } from './format.ts';
import { formats } from './formats.ts';
import { openingOf, type Opening } from './opened.ts';

/** What is looked at of a format before it is opened, and kept before the place of its magic. */
const AHEAD = 4096;
const BEHIND = 1088;
/** Things that are opened in one stream: some, and more for each of these many bytes of it. */
const FREE_MEMBERS = 1024;
const BYTES_A_MEMBER = 512;

/** Formats by the first two bytes of their magic. */
const byPair = new Map<number, Format[]>();
const isPair = new Uint8Array(65_536);
for (const format of formats) {
	const pair = format.magic.readUInt16BE(0);
	isPair[pair] = 1;
	byPair.set(pair, [...(byPair.get(pair) ?? []), format]);
}

interface Candidate {
	readonly format: Format;
	/** In the window. */
	readonly start: number;
}

const isAt = ({ magic, fits, at = 0 }: Format, window: Buffer, start: number): boolean => {
	for (let index = 0; index < magic.length; index++) if (window[start + at + index] !== magic[index]) return false;
	return fits(window, start);
};

const candidateAt = (window: Buffer, at: number, base: number): Candidate | null => {
	for (const format of byPair.get((window[at] ?? 0) * 256 + (window[at + 1] ?? 0)) ?? []) {
		const start = at - (format.at ?? 0);
		if (start < 0 || (format.first === true && base + start !== 0)) continue;
		if (isAt(format, window, start)) return { format, start };
	}
	return null;
};

/** True when a stream that begins so is something that others lie in. */
export const beginsFormat = (head: Buffer): boolean => formats.some((format) => isAt(format, head, 0));

/** A table that leads beyond its own bytes, as Node's buffers say it: damage. */
const isBeyond = (error: unknown): boolean =>
	error instanceof RangeError &&
	'code' in error &&
	/^ERR_(?:OUT_OF_RANGE|BUFFER_OUT_OF_BOUNDS)$/.test(String(error.code));

/** Takes what lies outside of all formats. */
export interface Outside extends Sink {
	/** As many bytes belong to a format. */
	skip(length: number): Promise<void>;
}

interface Open {
	readonly feed: Feed;
	readonly opening: Opening;
	readonly done: Promise<void>;
	ended: boolean;
}

/**
 * Finds archives, compressed streams and file systems at any place in a stream and opens them, one at a time: each stream
 * inside goes to a sink for it, everything else `outside`.
 */
export const nestedCarver = (content: Content, outside: Outside, openSink: (content: Content) => Sink): Sink => {
	/** Bytes that are not given on yet; those before `from` were looked at. */
	let rest: Buffer = Buffer.alloc(0);
	let base = 0;
	let from = 0;
	let open: Open | null = null;
	let members = 0;
	let stopped = false;
	let saidDeep = false;
	/** Where something began that turned out to be none. */
	let wrong = -1;

	const begin = (format: Format, start: number, bytes: Buffer): Open => {
		const feed = new Feed(start, bytes);
		const opening = openingOf(format, feed, start, content, openSink);
		const run = async (): Promise<void> => {
			await Promise.resolve();
			try {
				await format.read(opening);
			} catch (error) {
				if (error instanceof Stopped) {
					stopped ||= error.forGood;
					content.problem(error.message, `byte ${start}`);
					return;
				}
				if (!(error instanceof CutShort || error instanceof Damaged || isBeyond(error))) throw error;
				const place = opening.begun();
				// Bytes that only looked like it are no problem.
				if (opening.isCertain())
					content.problem(`${format.name} is ${error instanceof CutShort ? 'cut short' : 'damaged'}`, `byte ${place}`);
				// What was read at any place was not passed over: without a mark it would be opened here again and again.
				if (opening.restart() || feed.place === place) wrong = place;
			}
		};
		const one: Open = { feed, opening, ended: false, done: run().finally(() => (one.ended = true)) };
		return one;
	};
	/** Takes back what the format that has ended did not read. */
	const close = async ({ feed, opening, done }: Open): Promise<void> => {
		await done;
		open = null;
		await outside.skip(feed.place - base);
		base = feed.place;
		rest = Buffer.alloc(0);
		from = 0;
		for (let left = await feed.left(); left !== null; left = await feed.left()) await take(left);
		await opening.close();
	};
	const isToBeOpened = ({ format, start }: Candidate): boolean => {
		const place = base + start;
		if (place === wrong) return false;
		if (content.depth >= content.limits.depth) {
			const reason = `${format.name} inside others, more than ${content.limits.depth} deep, is not opened: unpack it first`;
			if (!saidDeep) content.problem(reason, `byte ${place}`);
			saidDeep = true;
			return false;
		}
		if (++members <= FREE_MEMBERS + place / BYTES_A_MEMBER) return true;
		stopped = true;
		content.problem('so many things are packed in it that no more were opened', `byte ${place}`);
		return false;
	};
	/** Looks for the next format in `rest`, of which the last bytes wait for what follows. Gives on what lies before it. */
	const seek = async (last: boolean): Promise<boolean> => {
		const end = last ? rest.length - 1 : rest.length - AHEAD;
		let at = from;
		for (; at < end && !stopped; at++) {
			if (isPair[((rest[at] ?? 0) << 8) | (rest[at + 1] ?? 0)] !== 1) continue;
			const found = candidateAt(rest, at, base);
			if (found === null || !isToBeOpened(found)) continue;
			if (found.start > 0) await outside.write(rest.subarray(0, found.start));
			base += found.start;
			open = begin(found.format, base, rest.subarray(found.start));
			rest = Buffer.alloc(0);
			from = 0;
			return true;
		}
		const kept = last ? 0 : Math.min(rest.length, AHEAD + BEHIND);
		const given = rest.subarray(0, rest.length - kept);
		from = stopped ? kept : Math.max(0, at - given.length);
		base += given.length;
		rest = Buffer.from(rest.subarray(given.length));
		if (given.length > 0) await outside.write(given);
		return false;
	};
	const seekAll = async (last: boolean): Promise<void> => {
		for (;;) {
			if (open === null && !(await seek(last))) return;
			if (open === null) continue;
			if (last) open.feed.end();
			await (last ? open.done : open.feed.idle(open.done));
			if (!open.ended) return;
			await close(open);
		}
	};
	const take = async (chunk: Buffer): Promise<void> => {
		if (open === null) rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
		else await open.feed.write(chunk, open.done);
		await seekAll(false);
	};
	return {
		async write(chunk) {
			// Holes and blank flash: nothing begins in zeros.
			if (open === null && isZero(rest) && isZero(chunk)) {
				if (rest.length > 0) await outside.write(rest);
				await outside.write(chunk);
				base += rest.length + chunk.length;
				rest = Buffer.alloc(0);
				from = 0;
			} else await take(chunk);
		},
		cut: () => outside.cut?.(),
		async end() {
			await seekAll(true);
			await outside.end();
		},
	};
};
