import type { Content } from '../content.ts';
import { deviceRank, type KeyName, keyNamed } from '../key-names.ts';
import { printable } from '../printable.ts';
import { secretOf } from '../secret.ts';
import { byLine, type TextReader } from './text.ts';

const delimiters = [';', ',', '\t', '|'] as const;
type Delimiter = (typeof delimiters)[number];

interface Header {
	readonly delimiter: Delimiter;
	readonly width: number;
	readonly keys: readonly { readonly column: number; readonly name: KeyName; readonly title: string }[];
	/** Column of the device's name; -1 when there is none. */
	readonly device: number;
}

/** More lines than a quoted field has: a quote that was never closed must not swallow the rest. */
const MOST_LINES = 8;

/** Fields of one row (RFC 4180 with any delimiter); null when a quote stays open. */
const split = (row: string, delimiter: Delimiter): string[] | null => {
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

const headerIn = (line: string): Header | null => {
	for (const delimiter of delimiters) {
		const titles = split(line, delimiter)?.map((title) => title.trim()) ?? [];
		const keys = titles.flatMap((title, column) => {
			const name = keyNamed(title);
			return name === null ? [] : [{ column, name, title }];
		});
		// A lone word `key` heads a list only beside other columns, and `[psk]` or `psk:` heads a section of settings.
		const lone = titles.length === 1;
		if (keys.length === 0 || (lone && (keys[0]?.name.vague !== false || !/^["'\w -]+$/.test(titles[0] ?? ''))))
			continue;
		const ranked = titles
			.map((title, column) => ({ column, rank: deviceRank(title) }))
			.flatMap(({ column, rank }) => (rank === null ? [] : [{ column, rank }]))
			.toSorted((a, b) => a.rank - b.rank);
		return { delimiter, width: titles.length, keys, device: ranked[0]?.column ?? -1 };
	}
	return null;
};

const isAside = (line: string): boolean => line.trim() === '' || /^\s*(#|\/\/|sep=)/i.test(line);

/**
 * A list with a header that names a key column, such as exports of ChirpStack and The Things Stack: one row after the
 * other in bounded memory. Null when `head`, the start of the text, has no such header.
 */
export const csvReader = (head: string, content: Content): TextReader | null => {
	const first = head.split(/\r\n|\n|\r/, 64).find((line) => !isAside(line));
	const header = first === undefined ? null : headerIn(first);
	if (header === null) return null;
	const { delimiter } = header;
	let started = false;
	let kept = 0;
	let open: { readonly text: string; readonly row: number }[] = [];

	const take = (fields: readonly string[], row: number): void => {
		if (fields.length !== header.width)
			content.problem('a row has another number of fields than the header', `row ${row}`);
		const device = (fields[header.device] ?? '').trim() || null;
		const secrets = header.keys.flatMap(({ column, name, title }) => {
			const secret = secretOf(fields[column] ?? '', name);
			if (secret === undefined && name.form === 'lorawan')
				content.problem(`a field of ${printable(title)} is no key`, `row ${row}`);
			return secret === null || secret === undefined ? [] : [{ secret, name }];
		});
		for (const { secret, name } of withoutUnset(secrets)) {
			kept++;
			content.psk(
				`row ${row}, ${name.role}${device === null ? '' : ` of ${printable(device)}`}`,
				secret,
				device,
				name.role,
			);
		}
	};
	const add = (text: string, row: number): void => {
		if (open.length === 0 && isAside(text)) return;
		open.push({ text, row });
		const fields = split(open.map((line) => line.text).join('\n'), delimiter);
		if (fields === null && open.length < MOST_LINES) return;
		// Lines that a quote joins must give a whole row: else the quote was a mistake, and the next one opens a field.
		if (fields === null || (open.length > 1 && fields.length !== header.width)) return giveUp();
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
			else started = !isAside(line);
		},
		() => {
			while (open.length > 0) giveUp();
			if (kept === 0 && started && header.keys.some(({ name }) => !name.vague))
				content.problem(
					`the header names a key (${header.keys.map(({ title }) => printable(title)).join(', ')}), but no row holds one`,
				);
		},
	);
};

/**
 * Keys of one device without those that are all zeros beside one that is not: ChirpStack and others write an unset key so
 * (the appKey of a LoRaWAN 1.0 device).
 */
export const withoutUnset = <T extends { readonly secret: Uint8Array }>(secrets: readonly T[]): readonly T[] => {
	const set = secrets.filter(({ secret }) => secret.some((octet) => octet !== 0));
	return set.length === 0 ? secrets : set;
};
