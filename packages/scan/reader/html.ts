import type { Content } from '../content/content.ts';
import { documentText } from '../nested/office.ts';
import type { TextReader } from './text.ts';

/** Longer pages are read as any text is. */
const LONGEST = 16_777_216;

/** Pages with tables: each row as one of a list, beside what the others read in the text as it is. Null when `head` has no table. */
export const htmlReader = (
	head: string,
	content: Content,
	makeOthers: () => TextReader,
	choose: (text: string, content: Content) => TextReader,
): TextReader | null => {
	// The texts of a document in an archive are read sheet by sheet.
	if (!/<t(?:able|r)\b[^<>]{0,256}>/i.test(head) || head.includes('<office:document-content')) return null;
	const others = makeOthers();
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
			if (length > LONGEST) return content.problem('a page is so long that its tables were not read');
			const text = documentText(
				parts
					.join('')
					.replaceAll(/<(\/?)(?:TD|TH|td|th)\b/g, '<$1tc')
					.replaceAll(/<(\/?)TR\b/g, '<$1tr'),
			);
			parts = [];
			const table = choose(text, content.within('tables'));
			table.write(text);
			table.end();
		},
	};
};
