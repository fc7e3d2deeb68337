import { Problem } from '../../problem/problem.ts';
import { MOST_ROWS } from '../check-inventory.ts';

/** Rows of a CSV (RFC 4180; comma, semicolon or tab, by the header), by the titles of the first. Lines count from 1. */
export interface CsvRow {
	readonly line: number;
	/** Trimmed; empty where the row has nothing in this column. */
	of(title: string): string;
}

const malformed = (line: number, why: string): Problem => new Problem('inventory-malformed', `line ${line}: ${why}`);

/** "Dev EUI" and "dev_eui" are one title. */
export const plainTitle = (title: string): string =>
	title
		.trim()
		.toLowerCase()
		.replaceAll(/[\s-]+/g, '_');

function* records(text: string, delimiter: string): Generator<{ line: number; cells: string[] }> {
	let [line, at] = [1, text.startsWith('\uFEFF') ? 1 : 0];
	while (at < text.length) {
		const begun = line;
		const cells: string[] = [];
		for (let more = true; more;) {
			let cell = '';
			if (text[at] === '"') {
				for (;;) {
					const end = text.indexOf('"', at + 1);
					if (end < 0) throw malformed(begun, 'a quotation mark is not closed');
					cell += text.slice(at + 1, end);
					at = end + 1;
					if (text[at] !== '"') break;
					cell += '"';
				}
				for (const one of cell) if (one === '\n') line++;
			} else {
				const start = at;
				while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
				cell = text.slice(start, at);
			}
			cells.push(cell.trim());
			more = text[at] === delimiter;
			if (more) at++;
			else if (at < text.length && text[at] !== '\n' && text[at] !== '\r')
				throw malformed(line, 'something follows a closing quotation mark');
		}
		if (text[at] === '\r') at++;
		if (text[at] === '\n') at++;
		line++;
		if (cells.length > 1 || cells[0] !== '') yield { line: begun, cells };
	}
}

/** The delimiter and titles of a text whose first line is a header; null when it has but one column and no known delimiter. */
export const csvHeader = (text: string): { readonly delimiter: string; readonly titles: readonly string[] } | null => {
	const end = text.search(/[\r\n]/);
	const first = (end < 0 ? text : text.slice(0, end)).replace(/^\uFEFF/, '');
	const delimiter = [',', ';', '\t'].find((one) => first.includes(one));
	if (delimiter === undefined) return null;
	return { delimiter, titles: first.split(delimiter).map((title) => plainTitle(title.replaceAll('"', ''))) };
};

/** Every row. Throws `Problem` with `inventory-malformed` or `inventory-too-large`. */
export function* csvRows(text: string): Generator<CsvRow> {
	const header = csvHeader(text);
	if (header === null) throw malformed(1, 'no header with several columns');
	const { delimiter, titles } = header;
	const twice = titles.find((title, index) => titles.indexOf(title) !== index);
	if (twice !== undefined) throw malformed(1, `two columns have the title ${JSON.stringify(twice)}`);
	const columns = new Map(titles.map((title, index) => [title, index]));
	let rows = -1;
	for (const { line, cells } of records(text, delimiter)) {
		if (++rows === 0) continue;
		if (rows > MOST_ROWS) throw new Problem('inventory-too-large', `more than ${MOST_ROWS} rows: split the file`);
		// A short row is as good as a row whose columns have moved.
		if (cells.length !== titles.length)
			throw malformed(line, `${cells.length} columns, where the header has ${titles.length}: correct the row`);
		yield { line, of: (title) => cells[columns.get(title) ?? -1] ?? '' };
	}
}
