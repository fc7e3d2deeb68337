import { Problem } from '../problem/problem.ts';
import { type Bytes, bytes } from '../units/bytes.ts';

/** Many times the largest entry that manufacturers write. */
export const ENTRY_LIMIT: Bytes = bytes(65_536);

/** An entry has one object in it. */
const DEEPEST = 4;

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE, COMMA] = Array.from('"\\[]{},', (one) =>
	one.charCodeAt(0),
);
const BLANKS: ReadonlySet<number> = new Set(Array.from(' \t\r\n', (one) => one.charCodeAt(0)));

/**
 * The entries of a manifest, a JSON array of objects (RFC 8259 §5), each as its text and not looked into, as the file's bytes
 * come: files are larger than a string may be. Throws `Problem('manifest-malformed')` with the number of the entry, also when
 * the bytes end too soon.
 */
export function* manifestEntries(chunks: Iterable<Uint8Array>): Generator<string> {
	let expects: 'list' | 'first' | 'entry' | 'comma' | 'end' = 'list';
	let rest: Uint8Array = new Uint8Array();
	let count = 0;
	for (const chunk of chunks) {
		const text: Buffer = Buffer.concat([rest, chunk]);
		let at = 0;
		for (; at < text.length; at++) {
			const byte = text[at] ?? 0;
			if (BLANKS.has(byte)) continue;
			if (expects === 'list' && byte === OPEN_LIST) expects = 'first';
			else if (expects === 'comma' && byte === COMMA) expects = 'entry';
			else if ((expects === 'comma' || expects === 'first') && byte === CLOSE_LIST) expects = 'end';
			else if ((expects === 'entry' || expects === 'first') && byte === OPEN) {
				const end = endOfObject(text, at, count + 1);
				if (end === null) break;
				yield text.toString('utf8', at, end);
				count++;
				at = end - 1;
				expects = 'comma';
			} else
				throw malformed(count === 0 ? 'It is no array of entries.' : `After entry ${count} something else stands.`);
		}
		rest = text.subarray(at);
	}
	if (expects !== 'end') throw malformed(`It ends too soon, after ${count} whole entries.`);
}

/** Where the object that begins at `start` ends; null when the bytes end before it does. */
const endOfObject = (text: Buffer, start: number, entry: number): number | null => {
	let depth = 0;
	for (let at = start; at < text.length; at++) {
		if (at - start >= ENTRY_LIMIT) throw malformed(`Entry ${entry} is longer than ${ENTRY_LIMIT} bytes.`);
		const byte = text[at];
		if (byte === QUOTE) {
			const end = endOfString(text, at);
			if (end === null) break;
			at = end - 1;
		} else if (byte === OPEN || byte === OPEN_LIST) {
			depth++;
			if (depth > DEEPEST) throw malformed(`Entry ${entry} has more within each other than an entry has.`);
		} else if (byte === CLOSE || byte === CLOSE_LIST) {
			depth--;
			if (depth === 0) return at + 1;
		}
	}
	if (text.length - start >= ENTRY_LIMIT) throw malformed(`Entry ${entry} is longer than ${ENTRY_LIMIT} bytes.`);
	return null;
};

const endOfString = (text: Buffer, start: number): number | null => {
	for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
		let escapes = 0;
		while (text[quote - 1 - escapes] === BACKSLASH) escapes++;
		if (escapes % 2 === 0) return quote + 1;
	}
	return null;
};

const malformed = (detail: string): Problem => new Problem('manifest-malformed', detail);
