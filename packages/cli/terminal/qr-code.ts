import { crc32, deflateSync } from 'node:zlib';
import encodeQR from 'qr';

/** ISO/IEC 18004 §9.1: four light modules around. */
const QUIET = 4;
const SCALE = 8;

/** True is dark. */
const modulesOf = (text: string, ecc: 'low' | 'medium'): boolean[][] => encodeQR(text, 'raw', { ecc, border: QUIET });

/** Two rows of modules a line, light ones drawn, as a terminal with a dark ground shows it. Level L, so that it fits 80 columns. */
export const qrLines = (text: string): string => {
	const rows = modulesOf(text, 'low');
	const lines: string[] = [];
	for (let row = 0; row < rows.length; row += 2) {
		const [upper = [], lower = upper.map(() => true)] = rows.slice(row, row + 2);
		lines.push(upper.map((dark, column) => '█▀▄ '[(dark ? 2 : 0) + ((lower[column] ?? true) ? 1 : 0)]).join(''));
	}
	return `${lines.join('\n')}\n`;
};

const chunk = (type: string, data: Uint8Array): Buffer => {
	const typed = Buffer.concat([Buffer.from(type, 'ascii'), data]);
	const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
	length.writeUInt32BE(data.length);
	check.writeUInt32BE(crc32(typed));
	return Buffer.concat([length, typed, check]);
};

/** A PNG (RFC 2083) of one bit a pixel. Level M: a printed label that is scratched still reads. */
export const qrPng = (text: string): Uint8Array => {
	const rows = modulesOf(text, 'medium');
	const side = rows.length * SCALE;
	const header = Buffer.alloc(13);
	header.writeUInt32BE(side, 0);
	header.writeUInt32BE(side, 4);
	header.set([1, 0, 0, 0, 0], 8);
	const lines = rows.map((row) => {
		// A filter byte, then eight pixels a byte: with this scale, a module is one. Light is 1.
		const line = Buffer.from([0, ...row.map((dark) => (dark ? 0x00 : 0xff))]);
		return Buffer.concat(Array.from({ length: SCALE }, () => line));
	});
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		chunk('IHDR', header),
		chunk('IDAT', deflateSync(Buffer.concat(lines))),
		chunk('IEND', new Uint8Array(0)),
	]);
};
