import { keyNamed } from '../list/key-names.ts';
import { couldHoldKey } from '../list/trade-names.ts';
import { type Unkeyed, unkeyed } from './key-like.ts';
import type { Naming, Row } from './record.ts';
import { namingOf } from './record-names.ts';
import { isAboutKeys, meaningOf } from './record-words.ts';
import { shapeOf, tokensOf } from './tokens.ts';

/** A key of a record, and whose it is; null where the record only has a word for it. */
export interface OfRecord {
	/** Its first line and its last, from 1. */
	readonly number: number;
	readonly last: number;
	readonly secret: Uint8Array;
	readonly role: string;
	readonly device: string | null;
	readonly called: string;
}

/** A record is over so many lines. */
const MOST_LINES = 8;
/** A word for a key stands so near. */
const REACH = 24;
const MOST_ROWS = 10_000;
const LONGEST_LINE = 2048;

/** An array that goes on in the next line. */
const OPEN = /(?:[{([<]|(?:0x|16#|&H|\s)[0-9a-f]{1,3}u?,?)\s{0,8}$/i;
const GOES_ON = /^\s{0,64}[})\]>]|^\s{0,64}(?:\(byte\)\s?)?(?:(?:0x|16#|&H|\$)[0-9a-f]{1,2}|\d{1,3})u?\s{0,4}[,})\]>]/i;
const OPENS = /[{([<:=]\s{0,8}$/;
const HEADING = /device|node|sensor|meter|gateway|fleet/i;
/** Records one behind the other in a line. */
const BETWEEN = /(?<=[}\])>])\s{0,8}(?:[,;]\s{0,8}(?=[{[(<%#@"'`\w])|(?=[{[(<%#@]))/;

const MAY_HOLD =
	/[0-9A-Fa-f]{32}|(?:[0-9a-f]{2}[:\- ]){15}|[A-Za-z0-9+/]{22}={1,2}|(?:\\x[0-9a-f]{2}){16}|[0-9a-f]\s{0,4},\s{0,4}(?:0x|16#|&H|\$|\(byte\)\s?)?[0-9a-f]{1,3}\s{0,4},/i;

/**
 * Records that are the same but for a name and what looks like a key, in whatever language: rows of tables, entries of maps, calls,
 * constants, lines of a log; in one line or over several. What nobody gave a name that is known is found by its form, where a word
 * for a key stands by it or heads it.
 */
export const alikeRecords = (path: string) => {
	const groups = new Map<string, Row[]>();
	const isNear = isAboutKeys(path);
	const numbers = new Set<number>();
	let last = -REACH;
	/** The last lines that are not empty, in a ring. */
	const recent: string[] = Array.from({ length: MOST_LINES }, () => '');
	let lines = 0;
	/** Rows that wait for the lines below them. */
	let waiting: Row[] = [];
	let open: { readonly text: string; readonly number: number; readonly lines: number } | null = null;
	const add = (number: number, end: number, { text, secrets }: Unkeyed, heading: readonly string[]): void => {
		const tokens = tokensOf(text);
		const row: Row = { number, last: end, tokens, secrets, above: heading, below: [] };
		const shape = shapeOf(tokens);
		const group = groups.get(shape);
		if (group === undefined) groups.set(shape, [row]);
		else group.push(row);
		waiting.push(row);
		numbers.add(number);
	};
	const take = (text: string, number: number, end: number, own: number): void => {
		// Not the lines of the array itself.
		const above = recent.slice(own).map((_, away) => recent[(lines - own - away - 1) & (MOST_LINES - 1)] ?? '');
		if (isOfCache(text, above)) return;
		const parts = partsOf(text);
		if (parts.length > 0) last = number;
		for (const [index, part] of parts.entries())
			add(
				number,
				end,
				index === 0 && parts.length > 1 ? cutTo(part, parts[1]) : part,
				index === 0 ? above : [text, ...above],
			);
	};
	const lookAt = (text: string, number: number): void => {
		if (text.trim() === '' || text.length > LONGEST_LINE) return;
		for (const row of waiting) row.below.push(text);
		if (waiting.length > 0) waiting = waiting.filter(({ below }) => below.length < MOST_LINES);
		const goesOn = open !== null && open.lines < MOST_LINES && GOES_ON.test(text);
		const whole = goesOn && open !== null ? `${open.text} ${text.trim()}` : text;
		const first = goesOn && open !== null ? open.number : number;
		const before = goesOn && open !== null ? open.lines : 0;
		const isOpen = whole.length <= LONGEST_LINE && OPEN.test(text);
		open = isOpen ? { text: whole, number: first, lines: before + 1 } : null;
		if (numbers.size < MOST_ROWS && whole.length <= LONGEST_LINE && couldHoldKey(whole) && MAY_HOLD.test(whole))
			take(whole, first, number, before);
	};
	return {
		/** Told of every line, and whether a word for a key stands in it. */
		line(text: string, number: number, hasWord: boolean): void {
			if (text === '') return;
			if (hasWord || (OPENS.test(text) && HEADING.test(text))) last = number;
			if (isNear || number - last <= REACH) lookAt(text, number);
			else open = null;
			recent[lines++ & (MOST_LINES - 1)] = text;
		},
		/** True where the line may be one of a record. */
		holds: (number: number): boolean => numbers.has(number),
		/** All that were found; `isKnown` for a secret that others read as a key. */
		end(isKnown: IsKnown): readonly OfRecord[] {
			const found = [...groups.values()].flatMap((group) => recordsOf(group, path, isKnown));
			groups.clear();
			return found;
		},
	};
};

/** The name of what a runner of builds keeps: `key:` below `cache:`. */
const CACHE_KEY = /^\s{0,64}(?:-\s{1,4})?["']?key["']?\s{0,4}:/;
const CACHE = /^\s{0,64}(?:-\s{1,4})?["']?cache["']?\s{0,4}:\s{0,8}$/;
const isOfCache = (text: string, above: readonly string[]): boolean => {
	const indent = text.search(/\S/);
	return CACHE_KEY.test(text) && CACHE.test(above.find((line) => line.search(/\S/) < indent) ?? '');
};

/** Records that stand one behind the other in a line, each with its key; the line, where it is one. */
const partsOf = (text: string): readonly Unkeyed[] => {
	const parts: Unkeyed[] = [];
	let before = '';
	for (const piece of text.split(BETWEEN)) {
		const part = unkeyed(`${before}${piece}`);
		before = part === null ? `${before}${piece}, ` : '';
		if (part !== null) parts.push(part);
	}
	return parts;
};

/** The first of several records in a line without what heads them: as long as the next. */
const cutTo = (first: Unkeyed, next: Unkeyed | undefined): Unkeyed => {
	const length = next === undefined ? 0 : tokensOf(next.text).length;
	const starts = [...first.text.matchAll(/[{[(<@%#]|(?<=[\s=:,])["'`\w]/g)].map(({ index }) => index);
	const start = starts.find((at) => tokensOf(first.text.slice(at)).length === length);
	return start === undefined ? first : { ...first, text: first.text.slice(start) };
};

type IsKnown = (secret: Uint8Array) => boolean;

const recordsOf = (group: readonly Row[], path: string, isKnown: IsKnown): readonly OfRecord[] => {
	if (group.length < 2) return [];
	const columns = group[0]?.secrets.length ?? 0;
	return Array.from({ length: columns }, (_, column) => column).flatMap((column) => {
		const rows = group.filter(({ secrets }) => secrets[column] !== undefined);
		const naming = namingOf(rows, column);
		return naming === null ? [] : given(rows, column, naming, path, isKnown);
	});
};

const given = (
	rows: readonly Row[],
	column: number,
	naming: Naming,
	path: string,
	isKnown: IsKnown,
): readonly OfRecord[] => {
	const meaning = meaningOf(rows, column, naming, path);
	if (meaning === null) return [];
	const secretOf = ({ secrets }: Row): Uint8Array => secrets[column] ?? new Uint8Array();
	const texts = rows.map((row) => Buffer.from(secretOf(row)).toString('latin1'));
	const isRepeated = new Set(texts).size < texts.length;
	const isDevice = naming.isDevice || meaning.isOfDevices;
	const areAll = isRepeated || (meaning.isSure && naming.isDevice);
	if (!areAll && !isDevice) return [];
	const role = keyNamed(meaning.field)?.role ?? 'psk';
	return rows.flatMap((row, index) => {
		const name = naming.names[index] ?? '';
		// Of what only may be keys, what is one elsewhere in the text.
		if (!areAll && !isKnown(secretOf(row))) return [];
		return {
			number: row.number,
			last: row.last,
			secret: secretOf(row),
			role,
			device: isDevice ? name : null,
			called: naming.whole[index] ?? name,
		};
	});
};
