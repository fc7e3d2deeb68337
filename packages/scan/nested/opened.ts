import type { Content } from '../content/content.ts';
import { openSpool, partOf, piecesOf, type Spool } from '../content/source.ts';
import { type Feed } from '../codec/feed.ts';
import { type Format, type Inner, type Opened, type Sink, Stopped } from './format.ts';

/** What the carver needs to know beside what the format does. */
export interface Opening extends Opened {
	/** Something came out of it, or the stream begins with it: it was one. */
	isCertain(): boolean;
	/** Where it, or its last part, begins. */
	begun(): number;
	/** Goes back to there; false when that cannot be had any more. */
	restart(): boolean;
	/** When nothing of it is needed any more. */
	close(): Promise<void>;
}

/** What a format at `start` is read with, within the limits of its content. */
export const openingOf = (
	format: Format,
	feed: Feed,
	start: number,
	content: Content,
	openSink: (content: Content) => Sink,
): Opening => {
	let certain = start === 0;
	let begun = start;
	let given = 0;
	let long = 0;
	let spool: Spool | null = null;
	const placeOf = (name: string): string => {
		if (name === '') return `${format.label} at byte ${start}`;
		return start === 0 ? name : `${name} in ${format.label} at byte ${start}`;
	};
	/** Stops what is made to grow: by what one gives for what it takes, and by what all of them give (CWE-409). */
	const count = (length: number): void => {
		const { memberFree, memberRatio, inflated } = content.limits;
		given += length;
		content.spent.inflated += length;
		const taken = Math.max(1, feed.place - start, long);
		if (given > memberFree && given > memberRatio * taken)
			throw new Stopped(
				`${format.name} gives more than ${memberRatio} bytes for each packed byte; the rest was not read`,
			);
		if (content.spent.inflated > inflated)
			throw new Stopped(`more than ${inflated} bytes came out of what is packed, and no more was opened`, true);
	};
	const replay = (from: number): void => {
		const pieces = piecesOf(spool?.source() ?? { length: 0, read: () => Promise.resolve(Buffer.alloc(0)) }, from);
		feed.replay(start + from, async () => {
			const next = await pieces.next();
			return next.done === true ? Buffer.alloc(0) : next.value;
		});
	};
	return {
		feed,
		content,
		isCertain: () => certain,
		begun: () => begun,
		mark() {
			begun = feed.place;
			certain = false;
			feed.mark();
		},
		inside(name = ''): Inner {
			const inner = content.within(placeOf(name), name === '' ? content.path.replace(/\.[a-z\d]{1,8}$/i, '') : name);
			let sink: Sink | null = null;
			return {
				content: inner,
				async write(chunk) {
					if (chunk.length === 0) return;
					certain = true;
					feed.commit();
					sink ??= openSink(inner);
					await sink.write(chunk);
					count(chunk.length);
				},
				cut: () => sink?.cut?.(),
				end: async () => sink?.end(),
			};
		},
		async source(length = Number.POSITIVE_INFINITY) {
			certain = true;
			if (content.source !== null) {
				const part = partOf(content.source, start, length);
				long = part.length;
				return part;
			}
			spool = openSpool();
			while (feed.place - start < length) {
				const some = await feed.some(length - (feed.place - start));
				if (some === null) break;
				await spool.write(some);
			}
			long = feed.place - start;
			return spool.source();
		},
		async behind(length) {
			if (spool === null) await feed.skip(start + length - feed.place);
			else if (start + length !== feed.place) replay(length);
		},
		problem: (reason, name = '') => content.problem(reason, placeOf(name)),
		restart() {
			if (spool === null) return feed.rewind();
			replay(0);
			return true;
		},
		close: async () => spool?.close(),
	};
};
