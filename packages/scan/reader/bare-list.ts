import type { Content } from '../content/content.ts';
import { printable } from '../text/printable.ts';
import { hexOf } from '../list/secret.ts';
import { byLine, type TextReader } from './text.ts';

const delimiters = [',', ';', '\t', '|', ' '] as const;
/** Rows that must agree before a list without titles is believed. */
const FEWEST = 3;
const HEX = /^(?:0x)?(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{64})$/;

const fieldsOf = (line: string, delimiter: string): string[] =>
	line.split(delimiter).map((field) => field.trim().replace(/^"([^"]{0,256})"$/, '$1'));

/** The shape of an id: names of files, which lists of checksums have, are not all alike. */
const shapeOf = (text: string): string =>
	text
		.replaceAll(/[0-9a-fA-F]/g, '0')
		.replaceAll(/[g-z]/g, 'x')
		.replaceAll(/[G-Z]/g, 'X');

interface Shape {
	readonly delimiter: string;
	readonly device: number;
	readonly key: number;
	readonly width: number;
}

const shapeIn = (lines: readonly string[]): Shape | null => {
	for (const delimiter of delimiters) {
		const rows = lines.map((line) => fieldsOf(line, delimiter));
		const width = rows[0]?.length ?? 0;
		if (width < 2 || width > 16 || rows.some((row) => row.length !== width)) continue;
		const columns = Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? ''));
		const keys = columns.flatMap((values, column) => (values.every((value) => HEX.test(value)) ? [column] : []));
		const device = columns.findIndex((values, column) => {
			const [first = ''] = values;
			// Blanks part also a checksum from its file: only addresses are believed there.
			if (delimiter === ' ' && (column > 0 || !/^(?:[0-9a-fA-F]{2}[:-]){5,7}[0-9a-fA-F]{2}$/.test(first))) return false;
			const isId = /\d{3}|^[0-9a-fA-F:-]{12,23}$/.test(first) && first.length >= 5 && /^[\w:.-]+$/.test(first);
			return (
				!keys.includes(column) &&
				isId &&
				new Set(values).size === values.length &&
				values.every((value) => shapeOf(value) === shapeOf(first))
			);
		});
		const [key] = keys;
		if (keys.length === 1 && key !== undefined && device !== -1) return { delimiter, device, key, width };
	}
	return null;
};

/**
 * A list without titles: ids of one shape, each once, beside 16 or 32 octets in hex. Null when `head` is no such list: three rows
 * must agree.
 */
export const bareListReader = (head: string, whole: boolean, content: Content): TextReader | null => {
	const lines = head.split(/\r\n|\n|\r/, 64);
	if (!whole) lines.pop();
	const rows = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
	const shape = rows.length < FEWEST ? null : shapeIn(rows);
	if (shape === null) return null;
	return byLine(
		(line, row) => {
			const fields = fieldsOf(line, shape.delimiter);
			if (line.trim() === '' || line.startsWith('#')) return;
			const device = fields[shape.device] ?? '';
			const secret =
				fields.length === shape.width && HEX.test(fields[shape.key] ?? '') ? hexOf(fields[shape.key] ?? '') : null;
			if (secret === null) content.problem('a row is not as the others of its list', `row ${row}`);
			else content.psk(`row ${row}, psk of ${printable(device)}`, secret, device, 'psk');
		},
		() => undefined,
	);
};
