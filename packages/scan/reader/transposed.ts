import type { Content } from '../content/content.ts';
import { deviceRank, type KeyName, titleNamed } from '../list/key-names.ts';
import { secretOf } from '../list/secret.ts';
import { printable } from '../text/printable.ts';
import type { TextReader } from './text.ts';

const delimiters = [';', ',', '\t', '|'] as const;
/** A list on its side has a row for each title. */
const MOST_ROWS = 256;
/** A title and two devices. */
const NARROWEST = 3;
const LEAST_OCTETS = 16;

interface KeyRow {
	readonly row: number;
	readonly title: string;
	readonly role: string;
	readonly secrets: readonly (Uint8Array | null)[];
}

const fieldsOf = (line: string, delimiter: string): string[] =>
	line.split(delimiter).map((field) => field.trim().replace(/^"([^"]{0,512})"$/, '$1'));

const keyIn = (text: string, name: KeyName): Uint8Array | null => {
	const secret = secretOf(text, { ...name, form: 'digits' });
	return secret?.length !== undefined && secret.length >= LEAST_OCTETS ? secret : null;
};

/** The row with a key for each device: a title, and keys wherever it is not empty. */
const keyRowOf = ([title = '', ...values]: readonly string[], row: number): KeyRow[] => {
	const name = titleNamed(title);
	const written = values.filter((value) => value !== '');
	if (name === null || written.length < 2 || !written.every((value) => keyIn(value, name) !== null)) return [];
	return [{ row, title, role: name.role, secrets: values.map((value) => keyIn(value, name)) }];
};

/** The row with the names of the devices, by its title; else the first, which heads the others. */
const devicesOf = (rows: readonly (readonly string[])[], keys: readonly KeyRow[]): readonly string[] | null => {
	const [first] = rows
		.map((fields, row) => ({ fields, row, rank: deviceRank(fields[0] ?? '') }))
		.filter(({ row, rank }) => rank !== null && keys.every((key) => key.row !== row))
		.toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
	const names = (first?.fields ?? rows[0] ?? []).slice(1);
	const isHead = first !== undefined || keys.every(({ row }) => row !== 0);
	const given = names.filter((name) => name !== '');
	return isHead && given.length > 1 && new Set(given).size === given.length ? names : null;
};

/** A name with letters and a number, so that a word that many files have names nobody. */
const isNumbered = (name: string): boolean => /\p{L}/u.test(name) && /\d/.test(name) && titleNamed(name) === null;

/** An account may be that of many devices. */
const ACCOUNT = /^user(?:[ _-]?name)?$/i;

/** The settings of one device, a title and a value in each row: `Device;crane-1` above `PSK;…`. */
const pairsReader = (lines: readonly string[], content: Content): TextReader | null => {
	const delimiter = delimiters.find((one) => lines[0]?.split(one).length === 2);
	if (delimiter === undefined) return null;
	const rows = lines.map((line) => fieldsOf(line, delimiter));
	if (rows.some((fields) => fields.length !== 2 && fields.join('') !== '')) return null;
	const titles = rows.map(([title = '']) => title.toLowerCase());
	const [first] = rows
		.flatMap(([title = '', name = '']) => {
			const rank = deviceRank(title);
			return rank === null || ACCOUNT.test(title) ? [] : [{ title: title.toLowerCase(), name, rank }];
		})
		.toSorted((a, b) => a.rank - b.rank);
	// A title that is given twice begins another device.
	if (first !== undefined && titles.indexOf(first.title) !== titles.lastIndexOf(first.title)) return null;
	const keys = rows.flatMap(([title = '', value = ''], row) => {
		const name = titleNamed(title);
		const secret = name === null ? null : keyIn(value, name);
		return name === null || secret === null ? [] : [{ row, title, role: name.role, secret, isVague: name.vague }];
	});
	const device = first !== undefined && isNumbered(first.name) ? first.name : null;
	// Where no row names it, what the sheet or file is called may.
	if (keys.length === 0 || (device === null && (keys.length > 1 || keys[0]?.isVague === true))) return null;
	const of = device === null ? '' : ` of ${printable(device)}`;
	return {
		write: () => undefined,
		end() {
			for (const { row, title, role, secret } of keys)
				content.psk(`row ${row + 1}, ${printable(title)}${of}`, secret, device, role);
		},
	};
};

/** A list on its side: a column for each device, a row for each of its settings. Null when `head` is not the whole of one. */
export const transposedReader = (head: string, whole: boolean, content: Content): TextReader | null => {
	const [begin = ''] = /^[^\r\n]*/.exec(head) ?? [];
	if (!delimiters.some((one) => begin.includes(one))) return null;
	const lines = whole ? head.split(/\r\n|\n|\r/, MOST_ROWS + 1) : [];
	if (lines.length < 2 || lines.length > MOST_ROWS) return null;
	const delimiter = delimiters.find((one) => (lines[0]?.split(one).length ?? 0) >= NARROWEST);
	if (delimiter === undefined) return pairsReader(lines, content);
	const rows = lines.map((line) => fieldsOf(line, delimiter));
	const width = rows[0]?.length ?? 0;
	if (rows.some((fields) => fields.length !== width && fields.join('') !== '')) return null;
	const keys = rows.flatMap(keyRowOf);
	const devices = keys.length === 0 ? null : devicesOf(rows, keys);
	if (devices === null) return null;
	return {
		write: () => undefined,
		end() {
			for (const { title, role, secrets } of keys)
				for (const [column, secret] of secrets.entries()) {
					const device = devices[column] ?? '';
					if (secret === null || device === '') continue;
					content.psk(`column ${column + 2}, ${printable(title)} of ${printable(device)}`, secret, device, role);
				}
		},
	};
};
