import { keyNamed, titleNamed } from '../list/key-names.ts';
import { type Columns, columnsOf, LOOSE } from '../list/rows.ts';

/** 16, 24 or 32 octets in hex, or in base64 by its padding. */
const KEY = /^(?:0x)?(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$|^(?:[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{43}=)$/i;
/** Titles of what looks like a key and is not. */
const OTHER =
	/hash|md5|sha|sum|digest|finger|thumb|etag|u?id\b|guid|commit|rev|trace|span|token|sig|nonce|salt|\biv\b|crc|mac\b|addr|check|pr.f|empreinte|somme|huella|impronta|kontroll|version|build|object|blob|parent|image|layer|file|path|url|name|firmware|config|model|site|group|tenant|custom|kund|cliente?|user|org|account|batch|locat|gateway|project|profil|typ|public|cert/i;
/** Rows that must agree before an unknown title is believed to be a key's. */
const FEWEST = 3;

const ID = /^[\p{L}\p{N}][\p{L}\p{N} :._-]{1,63}$/u;

const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?$/;
/** A name first, then an address, and plain numbers, which may only count the rows, last. */
const placeOf = (value: string): number => (/^\d+$/.test(value) ? 2 : ADDRESS.test(value) ? 1 : 0);

/** Texts of one column, each once, in which a number tells them apart, or that stand under a title of devices. */
const deviceColumn = (
	titles: readonly string[],
	columns: readonly (readonly string[])[],
	not: readonly number[],
): number => {
	const ids = columns.flatMap((values, column) => {
		const isCalled = LOOSE.test(titles[column] ?? '');
		const isId =
			!not.includes(column) &&
			values.length > 1 &&
			new Set(values).size === values.length &&
			values.every(
				(value) =>
					ID.test(value) && (isCalled || /\d/.test(value)) && !/^\d{4}-\d\d-\d\d|^\d\d[.:]\d\d[.:]/.test(value),
			);
		return isId ? [{ column, place: Math.min(...values.map(placeOf)) }] : [];
	});
	return ids.toSorted((one, other) => one.place - other.place)[0]?.column ?? -1;
};

/**
 * The columns that matter by their titles and, where one of the two has no title that is known, by what stands below it: a key beside a
 * device's known name, or a device's name beside a known key. Null where neither is known. `hasKeys`: something in the list
 * could be a key.
 */
export const columnsByContent = (
	titles: readonly string[],
	hasKeys: boolean,
	rowsBelow: () => readonly (readonly string[])[],
): Columns | null => {
	if (!hasKeys && titles.every((title) => titleNamed(title) === null)) return null;
	const known = columnsOf(titles);
	if (known.keys.length > 0 ? known.device !== -1 : known.device === -1) return known.keys.length > 0 ? known : null;
	const whole = rowsBelow().filter((row) => row.length === titles.length);
	const columns = titles.map((_, column) => whole.map((row) => (row[column] ?? '').trim()));
	if (known.keys.length > 0) {
		const keys = known.keys.map(({ column }) => column);
		return { ...known, device: deviceColumn(titles, columns, keys) };
	}
	const name = keyNamed('key');
	if (name === null || whole.length < FEWEST) return null;
	const keys = titles.flatMap((title, column) => {
		const values = columns[column] ?? [];
		// What groups devices has few values, and ids are not looked at.
		const isKey =
			title !== '' &&
			column !== known.device &&
			!OTHER.test(title) &&
			values.every((value) => KEY.test(value)) &&
			values.some((value) => /[a-f]/i.test(value)) &&
			new Set(values).size * 3 >= values.length * 2;
		return isKey ? [{ column, name: { ...name, role: 'psk' }, title }] : [];
	});
	return keys.length === 0 ? null : { ...known, keys };
};
