import { columnsOf, giveRow } from '../list/rows.ts';
import { Damaged } from '../codec/feed.ts';
import type { Format, Inner, Opened } from './format.ts';
import { SqlitePages, type Value } from './sqlite-pages.ts';

const MAGIC = Buffer.from('SQLite format 3\0');
const HEADER = 100;
/** Longer values are passed over, and said. */
const LONGEST_ROW = 67_108_864;
/** Bytes and texts from this length on may hold something. */
const SHORTEST_BYTES = 24;
const MOST_TABLES = 10_000;

/** Names of the columns of a table, from the statement that made it. */
export const columnsIn = (statement: string): string[] => {
	const from = statement.indexOf('(');
	const names: string[] = [];
	let depth = 0;
	let start = from + 1;
	const take = (end: number): void => {
		const definition = statement.slice(start, end).trim();
		const [, quoted, bare] = /^(?:["'`[]([^"'`\]]{1,128})["'`\]]|([^\s(,]{1,128}))/.exec(definition) ?? [];
		const name = quoted ?? bare ?? '';
		if (quoted !== undefined || !/^(?:constraint|primary|unique|check|foreign|key|index)$/i.test(name))
			names.push(name);
		start = end + 1;
	};
	for (let at = from; at >= 0 && at < statement.length; at++) {
		const character = statement[at] ?? '';
		if (character === "'" || character === '"' || character === '`') at = closing(statement, at);
		else if (character === '(') depth++;
		else if (character === ')' && --depth === 0) {
			take(at);
			break;
		} else if (character === ',' && depth === 1) take(at);
	}
	return names.filter((name) => name !== '');
};

const closing = (text: string, from: number): number => {
	const at = text.indexOf(text[from] ?? '', from + 1);
	return at === -1 ? text.length : at;
};

const written = (value: Value): string => {
	if (value === null) return '';
	return typeof value === 'object' ? value.toString('hex') : String(value);
};

/** A table whose rows are settings: a name and a value. */
const isSettings = (titles: readonly string[]): boolean =>
	titles.length <= 4 &&
	titles.some((title) => /^(?:value|data|val)$/i.test(title)) &&
	titles.some((title) => /^(?:key|name|setting|option|id)$/i.test(title));

/** What one row holds beside what its columns say: bytes are a stream each, texts one for the whole table. */
const valuesInto = async (
	opened: Opened,
	table: string,
	row: number,
	values: readonly Value[],
	texts: Inner,
): Promise<void> => {
	for (const value of values) {
		if (typeof value === 'string' && value.length >= SHORTEST_BYTES) await texts.write(Buffer.from(`${value}\0`));
		if (typeof value !== 'object' || value === null || value.length < SHORTEST_BYTES) continue;
		const bytes = opened.inside(`table ${table}, row ${row}`);
		await bytes.write(value);
		await bytes.end();
	}
};

const tableInto = async (
	opened: Opened,
	pages: SqlitePages,
	table: string,
	root: number,
	titles: readonly string[],
): Promise<void> => {
	const texts = opened.inside(`table ${table}`);
	const columns = columnsOf(titles);
	const settings = isSettings(titles);
	const value = titles.findIndex((title) => /^(?:value|data|val)$/i.test(title));
	const name = titles.findIndex((title) => /^(?:key|name|setting|option|id)$/i.test(title));
	let row = 0;
	const damaged = (): void =>
		opened.problem('a page of a SQLite database is damaged, or a row too long', `table ${table}`);
	try {
		// A zero before all makes it bytes, and each text in it a run.
		await texts.write(Buffer.alloc(1));
		for await (const values of pages.rows(root, LONGEST_ROW, damaged)) {
			row++;
			if (columns.keys.length > 0 && !settings) giveRow(columns, values.map(written), row, texts.content);
			if (settings)
				await texts.write(Buffer.from(`\n${written(values[name] ?? null)}=${written(values[value] ?? null)}\n\0`));
			await valuesInto(opened, table, row, values, texts);
		}
	} finally {
		await texts.end();
	}
};

/** A SQLite database: each row by the titles of its columns, and what lies in it. */
export const sqlite: Format = {
	name: 'a SQLite database',
	label: 'SQLite',
	magic: MAGIC,
	fits(window, start) {
		if (start + HEADER > window.length) return false;
		const size = window.readUInt16BE(start + 16);
		return (size === 1 || (size >= 512 && (size & (size - 1)) === 0)) && window.readUIntBE(start + 21, 3) === 0x402020;
	},
	async read(opened) {
		await opened.feed.need(HEADER);
		const header = Buffer.from(opened.feed.bytes.subarray(0, HEADER));
		const size = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
		const count = header.readUInt32BE(28);
		const source = await opened.source(count === 0 ? Number.POSITIVE_INFINITY : count * size);
		const pages = new SqlitePages(source, header);
		const tables: {
			readonly name: string;
			readonly root: number;
			readonly titles: readonly string[];
			readonly isKeyed: boolean;
		}[] = [];
		const damaged = (): never => {
			throw new Damaged();
		};
		for await (const [kind, name, , root, statement] of pages.rows(1, LONGEST_ROW, damaged)) {
			if (kind !== 'table' || typeof name !== 'string' || typeof root !== 'number' || root === 0) continue;
			const text = typeof statement === 'string' ? statement : '';
			tables.push({ name, root, titles: columnsIn(text), isKeyed: /\bwithout\s+rowid\b/i.test(text.slice(-200)) });
			if (tables.length >= MOST_TABLES) break;
		}
		for (const { name, root, titles, isKeyed } of tables) {
			// Its values stand in another order.
			if (isKeyed) opened.problem('a table WITHOUT ROWID was read without the names of its columns', `table ${name}`);
			await tableInto(opened, pages, name, root, isKeyed ? [] : titles);
		}
		await opened.behind(source.length);
	},
};
