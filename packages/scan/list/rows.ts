import type { Content } from '../content/content.ts';
import { deviceRank, type KeyName, titleNamed } from './key-names.ts';
import { printable } from '../text/printable.ts';
import { isUniqueTitle, partOf } from './part-of.ts';
import { secretOf } from './secret.ts';

/** The columns of a list that matter. */
export interface Columns {
	readonly width: number;
	readonly keys: readonly { readonly column: number; readonly name: KeyName; readonly title: string }[];
	/** Column of the device's name; -1 when there is none. */
	readonly device: number;
	/** Another that names it, where the first is empty, or is an `id` and may only number the rows of a table; else -1. */
	readonly other: number;
	/** The first is an `id`. */
	readonly isNumber: boolean;
	/** The title of the other may be that of a group, too: a name that is given twice names nobody. */
	readonly isLoose: boolean;
	/** The numbers of the rows so far, by such a name. */
	readonly numbers: Map<string, string>;
	/** Column of what the device is a part of, where its own name may be given twice: `s-1` of two gateways; else -1. */
	readonly parent: number;
	/** The parents of the devices so far. */
	readonly parents: Map<string, string>;
}

const PARENT =
	/^(?:gateway|hub|concentrator|coordinator|controller|plc|rtu|parent|site|plant|building|line|cell|hall|standort|werk|usine|bâtiment|planta|edificio|stabilimento)(?:[ _-]?(?:id|name|no))?$/i;
/** What people head a column with in which devices stand, and other things, too. */
export const LOOSE =
	/^(?:tag|tag ?(?:no|nr|number|name)\.?|controller|kennzeichen|betriebsmittelkennzeichen|kkz|akz|bmk|bezeichnung|label|rep[eè]re|designation|désignation|sigla|etichetta|etiqueta|object[ _-]?name|point|pump|valve|lift|aggregat)$/i;
/** Rows whose numbers are kept. */
const MOST_NUMBERS = 100_000;
/** Lists of what happened, in which a device moves. */
const HISTORY = /date|datum|fecha|data$|time|zeit|since|from|until|valid/i;

export const columnsOf = (titles: readonly string[]): Columns => {
	const keys = titles.flatMap((title, column) => {
		const name = titleNamed(title);
		return name === null ? [] : [{ column, name, title }];
	});
	const ranked = titles
		.map((title, column) => ({ column, rank: deviceRank(title) }))
		.flatMap(({ column, rank }) => (rank === null ? [] : [{ column, rank }]))
		.toSorted((a, b) => a.rank - b.rank);
	const [first, second] = ranked.map(({ column }) => column);
	const isNumber = first !== undefined && /^["`]?id["`]?$/i.test(titles[first]?.trim() ?? '');
	const loose = isNumber && second === undefined ? titles.findIndex((title) => LOOSE.test(title.trim())) : -1;
	const isPart =
		first !== undefined && !isUniqueTitle(titles[first] ?? '') && !titles.some((title) => HISTORY.test(title));
	const parent = isPart ? titles.findIndex((title, column) => column !== first && PARENT.test(title.trim())) : -1;
	return {
		width: titles.length,
		keys,
		device: first ?? -1,
		other: second ?? loose,
		isNumber,
		isLoose: loose !== -1,
		numbers: new Map(),
		parent,
		parents: new Map(),
	};
};

/** The name beside a row's number; '' where a loose one, or one beside no number, was given in another row before. */
const nameBeside = ({ other, isLoose, numbers }: Columns, number: string, fields: readonly string[]): string => {
	const named = (fields[other] ?? '').trim();
	if (named === '' || (!isLoose && number !== '')) return named;
	const before = numbers.get(named);
	if (before === undefined && numbers.size < MOST_NUMBERS) numbers.set(named, number);
	return before === undefined || (number !== '' && before === number) ? named : '';
};

const deviceIn = (columns: Columns, fields: readonly string[]): string | null => {
	const { device, isNumber, parent, parents } = columns;
	const text = (fields[device] ?? '').trim();
	const isEmpty = text === '' || (isNumber && /^\d{1,9}$/.test(text));
	const name = (isEmpty ? nameBeside(columns, text, fields) || text : text) || null;
	const of = (fields[parent] ?? '').trim();
	return name === null ? null : partOf(parents, name, of === '' || of === name ? [] : [of], 'devices');
};

/** Gives the keys of one row; gives how many there were. */
export const giveRow = (columns: Columns, fields: readonly string[], row: number, content: Content): number => {
	// The titles once more, as lists have them that were put together.
	if (columns.keys.every(({ column, title }) => fields[column]?.trim() === title)) return 0;
	const device = deviceIn(columns, fields);
	const secrets = columns.keys.flatMap(({ column, name, title }) => {
		const secret = secretOf(fields[column] ?? '', name);
		if (secret === undefined && (name.form === 'lorawan' || fields[column]?.includes('\ufffd') === true))
			content.problem(`a field of ${printable(title)} is no key`, `row ${row}`);
		return secret === null || secret === undefined ? [] : [{ secret, name }];
	});
	const given = withoutUnset(secrets);
	for (const { secret, name } of given)
		content.psk(
			`row ${row}, ${name.role}${device === null ? '' : ` of ${printable(device)}`}`,
			secret,
			device,
			name.role,
		);
	return given.length;
};

/**
 * Keys of one device without those that are all zeros beside one that is not: ChirpStack and others write an unset key so
 * (the appKey of a LoRaWAN 1.0 device).
 */
export const withoutUnset = <T extends { readonly secret: Uint8Array }>(secrets: readonly T[]): readonly T[] => {
	const set = secrets.filter(({ secret }) => secret.some((octet) => octet !== 0));
	return set.length === 0 ? secrets : set;
};
