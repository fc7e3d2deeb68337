import type { Content } from '../content/content.ts';
import { documentText } from '../nested/office.ts';
import { pageReader } from './page.ts';
import type { TextReader } from './text.ts';

/** Pages with tables: each row as one of a list, beside what the others read in the text as it is. Null when `head` has no table. */
export const htmlReader = (
	head: string,
	content: Content,
	makeOthers: () => TextReader,
	choose: (text: string, content: Content) => TextReader,
): TextReader | null => {
	// The texts of a document in an archive are read sheet by sheet.
	if (!/<t(?:able|r)\b[^<>]{0,256}>/i.test(head) || head.includes('<office:document-content')) return null;
	return pageReader(content, makeOthers(), (page) => {
		const rows = page.replaceAll(/<(\/?)(?:TD|TH|td|th)\b/g, '<$1tc').replaceAll(/<(\/?)TR\b/g, '<$1tr');
		const text = documentText(rows);
		const table = choose(text, content.within('tables'));
		table.write(text);
		table.end();
	});
};
