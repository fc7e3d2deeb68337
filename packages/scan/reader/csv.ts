import type { Content } from '../content/content.ts';
import { printable } from '../text/printable.ts';
import { columnsByContent } from './columns-by-content.ts';
import { titleNamed } from '../list/key-names.ts';
import { type Columns, giveRow } from '../list/rows.ts';
import { byLine, type TextReader } from './text.ts';

/** Two blanks: columns that are set under one another. */
const delimiters = [';', ',', '\t', '|', '  '] as const;
type Delimiter = (typeof delimiters)[number];

interface Header {
	readonly delimiter: Delimiter;
	readonly columns: Columns;
	/** The line that it stands in, from 1. */
	readonly line: number;
}

/** More lines than a quoted field has: a quote that was never closed must not swallow the rest. */
const MOST_LINES = 8;

/** Fields of one row (RFC 4180 with any delimiter); null when a quote stays open. */
const split = (row: string, delimiter: Delimiter): string[] | null => {
	if (delimiter === '  ') return row.trim().split(/\s{2,}|\t/);
	if (!row.includes('"')) return row.split(delimiter);
	const fields: string[] = [];
	for (let at = 0; ;) {
		let field = '';
		if (row[at] === '"') {
			for (at++; ;) {
				const quote = row.indexOf('"', at);
				if (quote === -1) return null;
				field += row.slice(at, quote);
				at = quote + 1;
				if (row[at] !== '"') break;
				field += '"';
				at++;
			}
		}
		const next = row.indexOf(delimiter, at);
		fields.push(field + row.slice(at, next === -1 ? undefined : next));
		if (next === -1) return fields;
		at = next + 1;
	}
};

/** Words of a title; a sentence between two commas has more. */
const MOST_WORDS = 8;
/** A piece of source code or of a sentence is no title: brackets that are not closed in it, marks of code, an end of a sentence. */
const isTitle = (text: string): boolean =>
	!/[{}=<>;]|[.!?]\s/.test(text) &&
	text.includes('(') === text.includes(')') &&
	text.split(/\s+/, MOST_WORDS + 1).length <= MOST_WORDS;

/** No title has one of these; ten lines of source code have. */
const CODE = /[{}=<>]/;

const headerIn = (text: string, line: number, below: () => readonly string[], hasKeys: boolean): Header | null => {
	if (CODE.test(text)) return null;
	let isLone = false;
	for (const delimiter of delimiters) {
		const titles = split(text, delimiter)?.map((title) => title.trim()) ?? [];
		// One title is the same whatever parts it from others.
		if (titles.length === 1 && isLone) continue;
		isLone ||= titles.length === 1;
		const columns = titles.every(isTitle)
			? columnsByContent(titles, hasKeys, () =>
					below().flatMap((row) => (isAside(row) ? [] : [split(row, delimiter) ?? []])),
				)
			: null;
		if (columns === null) continue;
		const { keys } = columns;
		// Blanks part columns only where one of them is a device's.
		if (delimiter === '  ' && columns.device === -1) continue;
		if (titles.length === 1 && /\S\s{2}/.test(titles[0] ?? '')) continue;
		// A lone word `key` heads a list only beside other columns, and `[psk]` or `psk:` heads a section of settings.
		const lone = titles.length === 1;
		if (keys.length === 0 || (lone && (keys[0]?.name.vague !== false || !/^["'\w ()-]+$/.test(titles[0] ?? ''))))
			continue;
		return { delimiter, columns, line };
	}
	return null;
};

/** Rows below a header by which columns without a known title are told. */
const SAMPLE = 64;
/** Lines above a header that only say what the list is. */
const MOST_TITLE_ROWS = 4;

/** The header, also below rows with one field that say what the list is. Null where no row fits it: then it was something else. */
const headerOf = (head: string, hasKeys: boolean): Header | null => {
	const lines = head.split(/\r\n|\n|\r/, 256);
	let above = 0;
	for (const [index, text] of lines.entries()) {
		if (isAside(text)) continue;
		const header = headerIn(text, index + 1, () => lines.slice(index + 1, index + 1 + SAMPLE), hasKeys);
		if (header !== null) return fits(header, lines.slice(index + 1), above) ? header : null;
		if (++above > MOST_TITLE_ROWS) return null;
		const next = lines.find((line, at) => at > index && !isAside(line)) ?? '';
		if (!isAbout(text) && delimiters.some((delimiter) => isRowOf(delimiter, text, next))) return null;
	}
	return null;
};

/** What the list is about, as spreadsheets keep it above one: `Project;North;;`, a word and what it is, and no key. */
const isAbout = (text: string): boolean =>
	delimiters.some((delimiter) => {
		const [word = '', value = '', ...others] = (split(text, delimiter) ?? []).map((field) => field.trim());
		const isEmpty = value !== '' && others.every((field) => field === '');
		return isEmpty && /^\p{L}[\p{L} ./-]{0,39}:?$/u.test(word) && titleNamed(word) === null && !LONG.test(value);
	});

/** What may be a key. */
const LONG = /^[^\s]{16,}$/;

/** A row of a list without titles: the next has as many fields. `Hall 3, as of May` above `device;psk` has not. */
const isRowOf = (delimiter: Delimiter, text: string, next: string): boolean => {
	const [own, other] = [text, next].map((line) => line.split(delimiter));
	return own !== undefined && own.filter((field) => field.trim() !== '').length > 1 && own.length === other?.length;
};

const fits = ({ delimiter, columns }: Header, rows: readonly string[], above: number): boolean => {
	// Below other text, a list names the device beside the key.
	const others = rows.filter((row) => !isAside(row));
	const isVague = columns.keys.every(({ name }) => name.vague);
	if (above > 0 && (columns.device === -1 || (isVague && !holdKeys(columns, delimiter, others)))) return false;
	return others.length === 0 || others.some((row) => (split(row, delimiter)?.length ?? 0) >= columns.width);
};

/** The first rows hold keys in the columns that may be of other things by their titles. */
const holdKeys = ({ keys, width }: Columns, delimiter: Delimiter, rows: readonly string[]): boolean => {
	const first = rows.slice(0, 4).map((row) => split(row, delimiter) ?? []);
	const isKey = (text = ''): boolean => /^(?:0x)?(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$/i.test(text.trim());
	return (
		first.length > 1 && first.every((row) => row.length === width && keys.some(({ column }) => isKey(row[column])))
	);
};

const isAside = (line: string): boolean => line.trim() === '' || /^\s*(#|\/\/|sep=)/i.test(line);

const NAMES = /^(?:key|name|setting|option|parameter|property|variable)$/i;
const VALUES = /^(?:value|val|wert)$/i;

/**
 * Settings as a list, one in a row: what ESP-IDF makes the NVS of a device from (`key,type,encoding,value`), and others with a name
 * and a value. `read` takes them as lines of settings. Null when `head` is no such list.
 */
export const settingsListReader = (head: string, read: () => TextReader): TextReader | null => {
	const [first = ''] = head.split(/\r\n|\n|\r/, 1);
	const delimiter = ([',', ';', '\t'] as const).find((one) => first.includes(one));
	if (delimiter === undefined) return null;
	const titles = (split(first, delimiter) ?? []).map((title) => title.trim());
	const name = titles.findIndex((title) => NAMES.test(title));
	const value = titles.findIndex((title) => VALUES.test(title));
	if (name === -1 || value === -1) return null;
	const encoding = titles.indexOf('encoding');
	const type = titles.indexOf('type');
	const reader = read();
	return byLine(
		(line, row) => {
			const fields = row === 1 ? [] : (split(line, delimiter) ?? []);
			const written = fields[value]?.trim() ?? '';
			// A line for each row, so that lines are counted as rows are.
			if (fields[type] === 'namespace' || written === '') return reader.write('\n');
			const text = fields[encoding] === 'base64' ? Buffer.from(written, 'base64').toString('hex') : written;
			const quoted = fields[encoding] === 'string' ? `"${text}"` : text;
			reader.write(`${(fields[name] ?? '').trim()}=${quoted.replaceAll(/[\r\n]/g, ' ')}\n`);
		},
		() => reader.end(),
	);
};

/**
 * A list with a header that names a key column, such as exports of ChirpStack and The Things Stack: one row after the
 * other in bounded memory. Null when `head`, the start of the text, has no such header; `hasKeys`: something in it could be a key.
 */
export const csvReader = (head: string, content: Content, hasKeys = true): TextReader | null => {
	const header = headerOf(head, hasKeys);
	if (header === null) return null;
	const { delimiter, columns } = header;
	let started = false;
	let kept = 0;
	let open: { readonly text: string; readonly row: number }[] = [];

	const take = (fields: readonly string[], row: number): void => {
		// Text below a table of Markdown.
		if (delimiter === '|' && fields.length === 1) return;
		if (fields.length !== columns.width)
			content.problem('a row has another number of fields than the header', `row ${row}`);
		kept += giveRow(columns, fields, row, content);
	};
	const add = (text: string, row: number): void => {
		if (open.length === 0 && isAside(text)) return;
		open.push({ text, row });
		const fields = split(open.map((line) => line.text).join('\n'), delimiter);
		if (fields === null && open.length < MOST_LINES) return;
		// Lines that a quote joins must give a whole row: else the quote was a mistake, and the next one opens a field.
		if (fields === null || (open.length > 1 && fields.length !== columns.width)) return giveUp();
		const at = open[0]?.row ?? row;
		open = [];
		take(fields, at);
	};
	/** The first of the lines that wait for a quote is lost, the others are read again. */
	const giveUp = (): void => {
		const [first, ...others] = open;
		open = [];
		if (first === undefined) return;
		content.problem('a quote is not closed', `row ${first.row}`);
		for (const { text, row } of others) add(text, row);
	};
	return byLine(
		(line, row, cut) => {
			if (cut) return content.problem('a row is longer than 65,536 characters', `row ${row}`);
			if (started) add(line, row);
			else started = row === header.line;
		},
		() => {
			while (open.length > 0) giveUp();
			if (kept === 0 && started && columns.keys.some(({ name }) => !name.vague))
				content.problem(
					`the header names a key (${columns.keys.map(({ title }) => printable(title)).join(', ')}), but no row holds one`,
				);
		},
	);
};
