import { isProfile } from '@keyward/core/keycheck';
import { deviceRank } from '../list/key-names.ts';
import { couldBeDevice } from '../list/named-key.ts';
import type { Naming, Row } from './record.ts';
import { isKeyWord, wordsOf } from './record-words.ts';
import { shapeOf, type Token, tokensOf } from './tokens.ts';

const CALLED = /^(?:label|alias|title|designation|bezeichnung|tag_?name|display_?name|friendly_?name)$/i;
const DEVICE =
	/^(?:device|node|sensor|meter|gateway|station|unit|board|module|machine|pump|valve|camera|lock|thing|tag|reader|peer|plant|outstation|client|host|member)s?$/i;

/** What programs count that is no device. */
const COUNTED =
	/^(?:thread|worker|process|proc|pid|job|task|step|attempt|try|retry|request|req|response|conn|connection|iteration|loop|round|line|row|column|col|item|entry|field|block|frame|packet|page|chunk|string|stage|phase|level|layer|option|opt|arg|param|var|value|val|label|figure|fig|section|chapter|eq|ref|note|question|answer|run|sample|trial|build|stream|queue|topic|shard|replica|zone|region|az|rack|db|table|user|account|tenant|customer|release)[-_ .#]?\d{1,6}$/i;

/** `_` and changes of case part a name; so do dots. */
const partsOf = (name: string): string[] => name.split(/[_.]|(?<=[a-z\d])(?=[A-Z])/).filter((part) => part !== '');

/** Names without the words that all have, where one of them is a word for a key. */
const withoutKeyWord = (names: readonly string[]): { readonly names: readonly string[]; readonly field: string } => {
	const all = names.map(partsOf);
	const [first = []] = all;
	let lead = 0;
	while (lead < first.length && all.every((parts) => parts.length > lead + 1 && parts[lead] === first[lead])) lead++;
	let tail = 0;
	while (
		tail < first.length - lead &&
		all.every((parts) => parts.length > lead + tail + 1 && parts.at(-1 - tail) === first.at(-1 - tail))
	)
		tail++;
	const same = [...first.slice(0, lead), ...first.slice(first.length - tail)];
	if (!same.some(isKeyWord)) return { names, field: '' };
	const own = all.map((parts) => parts.slice(lead, parts.length - tail).join('-'));
	// `PSK_PUMP_1`: a number alone is no name.
	const before = own.some((name) => !/\p{L}/u.test(name)) ? first.slice(0, lead) : [];
	const kind = before.slice(before.findLastIndex(isKeyWord) + 1);
	return {
		names: kind.length === 0 ? own : own.map((name) => [...kind, name].join('-').toLowerCase()),
		field: same.join('_'),
	};
};

const isName = (name: string, isOfDevice: boolean): boolean =>
	name.length >= 1 &&
	name.length <= 64 &&
	(/\p{L}/u.test(name) || (isOfDevice && /\d/.test(name))) &&
	!/[\\/(){}<>;|]|\.[a-z]{1,4}$|^v?\d+(?:\.\d+)+$|^\d{4}-\d\d|^0x|^(?:true|false|null|nil|none)$/i.test(name) &&
	!COUNTED.test(name) &&
	couldBeDevice(name);

/** The word before a token, past marks. */
const wordBefore = (tokens: readonly Token[], at: number): string => {
	for (let index = at - 1; index >= 0 && index >= at - 4; index--) {
		const token = tokens[index];
		if (token?.kind === 'word' || token?.kind === 'quoted') return token.text;
		if (token?.kind === 'key' || token?.text === ',' || token?.text === ';') return '';
	}
	return '';
};

interface Column {
	readonly names: readonly string[];
	readonly whole: readonly string[];
	readonly field: string;
	readonly at: number;
	readonly score: number;
}

/** The words of lines of one shape that tell their records apart, the most telling first. */
const columnIn = (lines: readonly (readonly Token[])[], secrets: readonly string[]): Column | null => {
	const [first = []] = lines;
	let best: Column | null = null;
	for (const [at, { kind }] of first.entries()) {
		if (kind === 'mark' || kind === 'key') continue;
		const whole = lines.map((tokens) => tokens[at]?.text ?? '');
		const told = new Map<string, string>();
		const isOne = whole.every((name, index) => {
			const before = told.get(name);
			if (before === undefined) told.set(name, secrets[index] ?? '');
			return before === undefined || before === secrets[index];
		});
		if (!isOne || told.size < 2 || told.size * 2 < whole.length) continue;
		const { names, field } = withoutKeyWord(whole);
		const before = wordBefore(first, at);
		const parts = wordsOf(before);
		const isOfDevice =
			deviceRank(before) !== null ||
			CALLED.test(before) ||
			parts.some((part) => DEVICE.test(part)) ||
			wordsOf(field).some((part) => DEVICE.test(part));
		if (!names.every((name) => isName(name, isOfDevice))) continue;
		// `name: night`: settings of one device.
		if (names.every(isProfile) && !parts.some((part) => DEVICE.test(part))) continue;
		// `device has …`: only a name is a word with a number or a mark in it.
		const isProse = kind === 'word' && first[at - 1]?.kind === 'word';
		if (isProse && field === '' && !names.every((name) => /[\d_-]/.test(name))) continue;
		const hasNumber = names.every((name) => /\d/.test(name) && /[\p{L}]{2}/u.test(name));
		const score = (isOfDevice ? 4 : 0) + (hasNumber ? 2 : 0) + (kind === 'quoted' ? 1 : 0);
		if (best === null || score > best.score) best = { names, whole, field, at, score };
	}
	return best;
};

const sameWords = (lines: readonly (readonly Token[])[]): string[] => {
	const [first = []] = lines;
	return first.flatMap(({ kind, text }, at) =>
		kind !== 'mark' && kind !== 'key' && lines.every((tokens) => tokens[at]?.text === text) ? [text] : [],
	);
};

/** How many lines stand between a record's key and that of the one before. */
const gapOf = (rows: readonly Row[]): number =>
	rows.slice(1).reduce((least, row, index) => Math.min(least, row.number - (rows[index]?.number ?? 0) - 1), 8);

/** Whose the keys of these records are; null where nothing tells them apart. */
export const namingOf = (rows: readonly Row[], column: number): Naming | null => {
	const secrets = rows.map((row) => Buffer.from(row.secrets[column] ?? []).toString('latin1'));
	const lines = rows.map(({ tokens }) => tokens);
	const same = sameWords(lines);
	const own = columnIn(lines, secrets);
	if (own !== null) return { ...own, same, isDevice: own.score >= 2 };
	const gap = gapOf(rows);
	for (const side of ['above', 'below'] as const)
		for (let away = 0; away < gap; away++) {
			const others = rows.map((row) => tokensOf(row[side][away] ?? ''));
			const [first = []] = others;
			if (first.length === 0 || others.some((tokens) => shapeOf(tokens) !== shapeOf(first))) break;
			same.push(...sameWords(others));
			const found = columnIn(others, secrets);
			if (found !== null) return { ...found, same, isDevice: found.score >= 2, at: -1 };
		}
	return null;
};
