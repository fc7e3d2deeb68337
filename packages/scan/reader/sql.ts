import type { Content } from '../content/content.ts';
import { columnsIn } from '../nested/sqlite.ts';
import { type Columns, columnsOf, giveRow } from '../list/rows.ts';
import { jsonReader } from './json.ts';
import { holdsSettings } from './json-setting.ts';
import { byLine, type TextReader } from './text.ts';

/** The head of `COPY t (a, b) FROM stdin;` and of `INSERT INTO t (a, b) VALUES …`, with its columns. */
const STATEMENT =
	/^\s{0,64}(COPY|INSERT INTO)\s{1,8}([\w."`]{1,128})\s{0,8}(?:\(([\w\s,"`]{1,4096})\)\s{0,8})?(FROM stdin|VALUES)/i;
/** Where a table is made, over several lines as a rule. */
const CREATE = /^\s{0,64}CREATE TABLE (?:IF NOT EXISTS )?([\w."`]{1,128})\s{0,8}\(/i;
/** No text is a dump without one of these. */
const ANY = /insert into|create table|^\s{0,64}copy\s/im;
/** The statement of one table is kept up to this. */
const LONGEST_CREATE = 65_536;
const MOST_TABLES = 10_000;
const TITLES = /["`\s]/g;

interface Table {
	readonly kind: 'copy' | 'insert';
	readonly columns: Columns;
}

const plainName = (name: string): string => (name.split('.').at(-1) ?? '').replaceAll(TITLES, '').toLowerCase();

/** `made`: the columns of tables, by the statements that made them. */
const tableIn = (
	line: string,
	made: ReadonlyMap<string, readonly string[]>,
): { readonly table: Table; readonly rest: string } | null => {
	const found = STATEMENT.exec(line);
	if (found === null) return null;
	const [all, verb = '', name = '', written] = found;
	const kind = verb.toUpperCase() === 'COPY' ? 'copy' : 'insert';
	const titles = written?.split(',').map((title) => title.replaceAll(TITLES, '')) ?? made.get(plainName(name)) ?? [];
	const columns = columnsOf(titles);
	return { table: { kind, columns }, rest: line.slice(all.length) };
};

/** A value of SQL: text with doubled quotes or escapes, bytes, or anything up to the next comma. */
const VALUE = /(?:\s{0,8}(?:_\w{1,32}\s{1,8})?[xXeEbB]?'((?:[^'\\]|''|\\.)*)'(?:::\w{1,32})?\s{0,8}|([^',()]*))([,)])/y;

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
			fields.push(
				quoted?.replaceAll("''", "'").replaceAll(/\\(['"\\])/g, (all, mark: string) => (mark === '\\' ? all : mark)) ??
					(bare.trim().toUpperCase() === 'NULL' ? '' : bare.trim()),
			);
			at = VALUE.lastIndex;
			if (end === ')') break;
		}
		tuples.push(fields);
	}
	return { tuples, broken: false };
};

/** Tables by the statements that make them. */
const madeTables = () => {
	const made = new Map<string, readonly string[]>();
	let statement = '';
	let name = '';
	let keys = false;
	return {
		made,
		holdsKeys: () => keys,
		line(line: string): void {
			const [, begun] = CREATE.exec(line) ?? [];
			if (begun !== undefined) [name, statement] = [plainName(begun), ''];
			else if (statement === '') return;
			statement += `${line}\n`;
			if (statement.length > LONGEST_CREATE) statement = '';
			else if (/;\s{0,8}$/.test(line)) {
				const titles = columnsIn(statement);
				if (made.size < MOST_TABLES) made.set(name, titles);
				keys ||= columnsOf(titles).keys.length > 0;
				statement = '';
			}
		},
	};
};

/**
 * Dumps of SQL databases (`pg_dump`, `mysqldump`, `sqlite3 .dump`): the rows of COPY and INSERT where a column is a key's. Null when `head` has
 * no such table.
 */
export const sqlReader = (head: string, content: Content): TextReader | null => {
	if (!ANY.test(head)) return null;
	const seen = madeTables();
	const isOne = head.split(/\r?\n/).some((line) => {
		seen.line(line);
		return (tableIn(line, seen.made)?.table.columns.keys.length ?? 0) > 0 || seen.holdsKeys();
	});
	if (!isOne) return null;
	const { made, line: lookForTable } = madeTables();
	let table: Table | null = null;
	return byLine(
		(line, row, cut) => {
			if (cut) content.problem('a row is longer than 65,536 characters and was read in part', `row ${row}`);
			if (table === null) lookForTable(line);
			const begun = table?.kind === 'copy' ? null : tableIn(line, made);
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
		for (const field of fields) if (field.startsWith('{') && holdsSettings(field)) inField(field, row);
	}
	/** Credentials as ThingsBoard keeps them: JSON in a column. */
	function inField(text: string, row: number): void {
		const reader = jsonReader(text, content.within(`row ${row}`));
		reader?.write(text);
		reader?.end();
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
