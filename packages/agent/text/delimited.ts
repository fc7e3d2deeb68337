import { parse } from 'csv-parse/sync';

/** What parts the cells: RFC 4180's comma, the semicolon of spreadsheets where the comma is the decimal sign, and what loggers use. */
const separators = [',', ';', '\t', '|'] as const;

export type Separator = (typeof separators)[number];

/** The line that names the columns. */
export interface Header {
	readonly separator: Separator;
	readonly names: readonly string[];
}

/** What may stand before the header: a title, a logger's own lines, `sep=;` of a spreadsheet. */
export const mostPreamble = 100;

/** Cells of a row, without the blanks around them. Null for a broken quote: a row is one line, so that it spoils no other. */
export const cellsOf = (line: string, separator: Separator = ','): string[] | null => {
	try {
		return parse(line, { trim: true, delimiter: separator })[0] ?? [];
	} catch {
		return null;
	}
};

/** A row as the header has it: empty cells at its end, which some programs write, are no cells. Null for a broken quote. */
export const rowOf = (line: string, { separator, names }: Header): string[] | null => {
	const cells = cellsOf(line, separator);
	while (cells !== null && cells.length > names.length && cells.at(-1) === '') cells.pop();
	return cells;
};

/** Whether two headers name the same columns in one order. */
export const isSameHeader = (one: Header, other: Header): boolean =>
	one.separator === other.separator &&
	one.names.length === other.names.length &&
	one.names.every((name, index) => name === other.names[index]);

/** The header, when this line is one, whatever parts its cells; null when it is not. */
export const headerIn = (line: string, isHeader: (names: readonly string[]) => boolean): Header | null => {
	for (const separator of separators) {
		const names = cellsOf(line.replace(/^\uFEFF/, ''), separator) ?? [];
		while (names.at(-1) === '') names.pop();
		if (isHeader(names)) return { separator, names };
	}
	return null;
};
