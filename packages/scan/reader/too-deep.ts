import type { Content } from '../content.ts';
import type { Carver } from '../window.ts';

const MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);

/** The rest of a gzip header (RFC 1952 §2.3): known flags, what compressors write as effort, a known system. */
const fits = (window: Buffer, at: number): boolean =>
	at + 18 <= window.length &&
	((window[at + 3] ?? 0xff) & 0xe0) === 0 &&
	[0, 2, 4].includes(window[at + 8] ?? 1) &&
	((window[at + 9] ?? 99) <= 13 || window[at + 9] === 255);

/** Names gzip that lies deeper than it is opened: keys in it are not seen, and that is said. */
export const tooDeepCarver = (content: Content): Carver => {
	let said = false;
	return (window, base, from, to) => {
		for (let at = window.indexOf(MAGIC, from); at !== -1 && at < to && !said; at = window.indexOf(MAGIC, at + 1)) {
			if (!fits(window, at)) continue;
			said = true;
			content.problem(
				`gzip inside gzip beyond ${content.limits.depth} deep is not opened: unpack it first`,
				`byte ${base + at}`,
			);
		}
		return to;
	};
};
