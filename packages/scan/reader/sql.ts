import type { Content } from '../content.ts';
import { type Columns, columnsOf, giveRow } from './rows.ts';
import { byLine, type TextReader } from './text.ts';

/** The head of `COPY t (a, b) FROM stdin;` and of `INSERT INTO t (a, b) VALUES …`, with its columns. */
const STATEMENT =
	/^\s{0,64}(COPY|INSERT INTO)\s{1,8}[\w."`]{1,128}\s{0,8}\(([\w\s,"`]{1,4096})\)\s{0,8}(FROM stdin|VALUES)/i;
const TITLES = /["`\s]/g;

interface Table {
	readonly kind: 'copy' | 'insert';
	readonly columns: Columns;
}

const tableIn = (line: string): { readonly table: Table; readonly rest: string } | null => {
	const found = STATEMENT.exec(line);
	if (found === null) return null;
	const [all, verb = '', titles = ''] = found;
	const kind = verb.toUpperCase() === 'COPY' ? 'copy' : 'insert';
	const columns = columnsOf(titles.split(',').map((title) => title.replaceAll(TITLES, '')));
	return { table: { kind, columns }, rest: line.slice(all.length) };
};

/** A value of SQL: text with doubled quotes, bytes, or anything up to the next comma. */
const VALUE = /(?:\s{0,8}[xXeEbB]?'((?:[^']|'')*)'(?:::\w{1,32})?\s{0,8}|([^',()]*))([,)])/y;

/** The tuples of one line of VALUES. */
const tuplesIn = (text: string): { readonly tuples: readonly string[][]; readonly broken: boolean } => {
	const tuples: string[][] = [];
	for (let at = text.indexOf('('); at !== -1; at = text.indexOf('(', at)) {
		const fields: string[] = [];
		VALUE.lastIndex = at + 1;
		for (;;) {
			const value = VALUE.exec(text);
			if (value === null) return { tuples, broken: true };
			const [, quoted, bare = '', end] = value;
			fields.push(quoted?.replaceAll("''", "'") ?? (bare.trim().toUpperCase() === 'NULL' ? '' : bare.trim()));
			at = VALUE.lastIndex;
			if (end === ')') break;
		}
		tuples.push(fields);
	}
	return { tuples, broken: false };
};

/**
 * Dumps of SQL databases (`pg_dump`, `mysqldump`, `sqlite3 .dump`): the rows of COPY and INSERT where a column is a key's. Null when `head` has
 * no such table.
 */
export const sqlReader = (head: string, content: Content): TextReader | null => {
	if (!head.split(/\r?\n/).some((line) => (tableIn(line)?.table.columns.keys.length ?? 0) > 0)) return null;
	let table: Table | null = null;
	return byLine(
		(line, row, cut) => {
			if (cut) content.problem('a row is longer than 65,536 characters and was read in part', `row ${row}`);
			const begun = table?.kind === 'copy' ? null : tableIn(line);
			if (begun !== null) ({ table } = begun);
			if (table === null) return;
			if (table.kind === 'copy') {
				if (begun !== null) return;
				if (line.trimEnd() === '\\.') table = null;
				else if (table.columns.keys.length > 0) copied(table.columns, line, row);
				return;
			}
			const text = begun?.rest ?? line;
			if (table.columns.keys.length > 0) inserted(table.columns, text, row);
			if (text.trimEnd().endsWith(';')) table = null;
		},
		() => undefined,
	);

	function give(columns: Columns, fields: readonly string[], row: number): void {
		if (fields.length !== columns.width)
			content.problem('a row has another number of fields than its table', `row ${row}`);
		giveRow(columns, fields, row, content);
	}
	function copied(columns: Columns, line: string, row: number): void {
		const fields = line.split('\t').map((field) => (field === '\\N' ? '' : field.replaceAll('\\\\', '\\')));
		give(columns, fields, row);
	}
	function inserted(columns: Columns, text: string, row: number): void {
		const { tuples, broken } = tuplesIn(text);
		for (const fields of tuples) give(columns, fields, row);
		if (broken) content.problem('a row of INSERT cannot be read', `row ${row}`);
	}
};
