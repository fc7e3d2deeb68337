import type { Content } from '../content/content.ts';
import { pageReader } from './page.ts';
import type { TextReader } from './text.ts';

const BEGINS = /^[ \t:*#]{0,8}\{\|/m;

/** A cell without its attributes, links and emphasis: `style="…" | [[Pump North]]`. */
const plainCell = (cell: string): string =>
	cell
		.replace(/^[^|[\]]{0,256}="[^"]{0,256}"[^|[\]]{0,256}\|(?!\|)/, '')
		.replaceAll(/\[\[(?:[^\]|]{0,128}\|)?([^\]|]{0,128})\]\]|'{2,5}|<\/?(?:code|nowiki|tt|b|i)>/g, '$1')
		.trim();

const quoted = (cell: string): string => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** The tables of a page as CSV, with an empty line between them. */
const tablesIn = (page: string): readonly string[] => {
	const tables: string[] = [];
	let rows: string[][] | null = null;
	for (const line of page.split(/\r?\n/)) {
		const text = line.replace(/^[ \t:*#]{0,8}/, '');
		if (text.startsWith('{|')) rows = [];
		else if (rows === null) continue;
		else if (text.startsWith('|}')) {
			tables.push(`${rows.map((row) => row.map(quoted).join(',')).join('\n')}\n`);
			rows = null;
		} else if (text.startsWith('|-')) rows.push([]);
		else if (/^[|!](?!\+)/.test(text)) {
			if (rows.length === 0) rows.push([]);
			rows.at(-1)?.push(
				...text
					.slice(1)
					.split(text.startsWith('!') ? /!!|\|\|/ : '||')
					.map(plainCell),
			);
		}
	}
	return tables;
};

/** Pages of MediaWiki: the rows of their tables as those of lists, beside what the others read. Null when `head` has no table. */
export const wikiReader = (
	head: string,
	content: Content,
	makeOthers: () => TextReader,
	choose: (text: string, content: Content) => TextReader | null,
): TextReader | null => {
	if (!head.includes('{|') || !BEGINS.test(head) || !/^[ \t:*#]{0,8}\|-/m.test(head)) return null;
	return pageReader(content, makeOthers(), (page) => {
		for (const [index, text] of tablesIn(page).entries()) {
			const table = choose(text, content.within(`table ${index + 1}`, content.path));
			table?.write(text);
			table?.end();
		}
	});
};
