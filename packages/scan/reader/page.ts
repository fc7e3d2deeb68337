import type { Content } from '../content/content.ts';
import type { TextReader } from './text.ts';

/** Longer pages are read as any text is. */
const LONGEST = 16_777_216;

/** Gives a text to `others`, and all of it to `read` at its end, as tables want that are told only by the whole page. */
export const pageReader = (content: Content, others: TextReader, read: (page: string) => void): TextReader => {
	let parts: string[] = [];
	let length = 0;
	return {
		write(text) {
			length += text.length;
			if (length <= LONGEST) parts.push(text);
			others.write(text);
		},
		end() {
			others.end();
			const page = parts.join('');
			parts = [];
			if (length > LONGEST) content.problem('a page is so long that its tables were not read');
			else read(page);
		},
	};
};
