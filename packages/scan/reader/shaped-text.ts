import { couldHoldSettings, keyShapesIn } from './key-shapes.ts';
import type { TextReader } from './text.ts';

/** Characters of a text that are kept. */
const MOST = 4_194_304;
/** Of so many it is read at once. */
const PIECE = 65_536;

/**
 * A text of which the begin holds no form of a key: it waits, and only where one comes further on it is read, from its begin. A very long
 * one is read as it comes, whatever it holds.
 */
export const shapedText = (makeReader: () => TextReader): TextReader => {
	let parts: string[] = [];
	let length = 0;
	let reader: TextReader | null = null;
	const start = (text: string): TextReader => {
		parts = [];
		reader = makeReader();
		for (let at = 0; at < text.length; at += PIECE) reader.write(text.slice(at, at + PIECE));
		return reader;
	};
	return {
		write(text) {
			if (reader !== null) return reader.write(text);
			parts.push(text);
			length += text.length;
			if (length > MOST) start(parts.join(''));
		},
		end() {
			if (reader !== null) return reader.end();
			const text = parts.join('');
			if (couldHoldSettings(text, keyShapesIn(text))) start(text).end();
		},
	};
};
