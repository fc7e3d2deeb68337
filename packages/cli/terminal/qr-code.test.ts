import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { test } from 'node:test';
import decodeQR from 'qr/decode.js';
import { qrLines, qrPng } from './qr-code.ts';

const text = `keyward1.${'A1b2_-'.repeat(60)}`;

const read = (side: number, isDark: (x: number, y: number) => boolean): string => {
	const data = Uint8Array.from({ length: side * side * 4 }, (_, place) =>
		place % 4 === 3 || !isDark((place >> 2) % side, Math.floor((place >> 2) / side)) ? 255 : 0,
	);
	return decodeQR({ width: side, height: side, data });
};

test('the PNG of a QR code is one, and reads as what went in', () => {
	const png = Buffer.from(qrPng(text));
	assert.equal(png.subarray(1, 4).toString(), 'PNG');
	const side = png.readUInt32BE(16);
	const length = png.readUInt32BE(33);
	assert.equal(png.toString('ascii', 37, 41), 'IDAT');
	const rows = inflateSync(png.subarray(41, 41 + length));
	const width = 1 + side / 8;
	assert.equal(rows.length, side * width);
	assert.equal(
		read(side, (x, y) => (((rows[y * width + 1 + (x >> 3)] ?? 0) >> (7 - (x % 8))) & 1) === 0),
		text,
	);
});

test('the QR code of a terminal fits 80 columns and reads as what went in', () => {
	const lines = qrLines(text).trimEnd().split('\n');
	const side = lines[0]?.length ?? 0;
	assert.ok(side <= 80, `${side} columns`);
	const scale = 4;
	const isDark = (x: number, y: number): boolean => {
		const mark = lines[y >> 1]?.[x] ?? '█';
		return mark === ' ' || mark === (y % 2 === 0 ? '▄' : '▀');
	};
	assert.equal(
		read(side * scale, (x, y) => isDark(Math.floor(x / scale), Math.floor(y / scale))),
		text,
	);
});
