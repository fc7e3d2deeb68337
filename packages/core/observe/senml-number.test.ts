import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, Tag } from 'cbor2';
import fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { decodePack } from './pack.ts';
import { maxRecords } from './senml.ts';
import { inUnit } from './senml-unit.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A record in CBOR whose value is these bytes. */
const cborValue = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(`81a3006164061a6afd59c002${hex}`, 'hex'));

test('a decimal fraction and an integer of any size are the nearest double, as in JSON (RFC 8428 §6)', () => {
	const values: readonly (readonly [string, number])[] = [
		['c48221190d5e', 34.22],
		['c48221390d5d', -34.22],
		['c482200a', 1],
		['c482030a', 10_000],
		['c48239018f01', 0],
		['c4823901411b001fffffffffffff', Number('9007199254740991e-322')],
		['c48220c249010000000000000000', 2 ** 64 / 10],
		['1bffffffffffffffff', 2 ** 64],
		['3bffffffffffffffff', -(2 ** 64)],
		['c249010000000000000000', 2 ** 64],
		['c349010000000000000000', -(2 ** 64)],
		['c240', 0],
	];
	for (const [hex, value] of values) {
		const [record] = decodePack(cborValue(hex));
		assert.ok(record !== undefined && !(record instanceof Problem), hex);
		assert.equal(record.value, value, hex);
	}
	fc.assert(
		fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
			const [, digits = '', fraction = '', exponent = '0'] =
				/^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
			const mantissa = BigInt(digits + fraction) * (number < 0 ? -1n : 1n);
			const written = encode([
				new Map<number, unknown>([
					[0, 'd'],
					[6, 1_795_000_000],
					[2, new Tag(4, [Number(exponent) - fraction.length, mantissa])],
				]),
			]);
			const [record] = decodePack(written);
			assert.ok(record !== undefined && !(record instanceof Problem));
			assert.equal(record.value, number === 0 ? 0 : number);
		}),
	);
	// Times and base fields too.
	const [based] = decodePack(
		encode([
			new Map<number, unknown>([
				[-3, new Tag(4, [-3, 1_795_000_000_123])],
				[-5, new Tag(4, [-1, 205])],
				[0, 'd'],
				[2, new Tag(4, [-1, 7])],
			]),
		]),
	);
	assert.deepEqual(based, { name: 'd', unit: '', time: 1_795_000_000_123, value: 21.2, extra: false });
});

test('a full pack whose times and values are decimal fractions is read', () => {
	const pack = Array.from(
		{ length: maxRecords },
		(_, at) =>
			new Map<number, unknown>([
				[0, 'd'],
				[6, new Tag(4, [-3, 1_795_000_000_000 + at])],
				[2, new Tag(4, [-1, at])],
			]),
	);
	assert.equal(decodePack(encode(pack)).filter((one) => !(one instanceof Problem)).length, maxRecords);
});

test('what is wrong is named by its true cause', () => {
	const json = (value: string): string => `[{"n":"d","t":1795000000,${value}}]`;
	const causes: readonly (readonly [string | Uint8Array, RegExp])[] = [
		[json('"v":"21.5"'), /v must be a finite number; it is text/],
		[json('"v":null'), /it is null: leave the record out/],
		[json('"v":true'), /it is a boolean: write that in vb/],
		[json('"v":1e999'), /infinite, or beyond what a double holds/],
		[json('"v":[1]'), /composite/],
		[json('"vs":1'), /vs must be text; it is a number/],
		[json('"vb":"true"'), /vb must be true or false; it is a string/],
		[json('"v":NaN'), /JSON has no NaN/],
		[json('"v":-Infinity'), /JSON has no -Infinity/],
		[json('"v":21,5'), /decimal point, not a comma/],
		[json('"v":1,"bver":42'), /bver 42 asks for features .* 26 for secondary units/],
		['[{"bver":10,"n":"d","t":1795000000,"v":1},{"bver":5,"n":"d","v":2}]', /bver 5 after 10/],
		[Uint8Array.from([0x5b, 0xff, 0x5d]), /not UTF-8/],
		[cborValue('c100'), /CBOR tag 1/],
		[cborValue('c5822003'), /CBOR tag 5/],
		[cborValue('c48120'), /CBOR tag 4/],
		[cborValue(`c25881${'01'.repeat(129)}`), /CBOR tag 2/],
		[cborValue('f97e00'), /it is NaN: leave the record out/],
		[cborValue('4101'), /byte string/],
		[cborValue(`${'81'.repeat(7)}00`), /nested deeper/],
		[Uint8Array.from(Buffer.from('81a200616400616564', 'hex')), /a key twice/],
	];
	for (const [pack, cause] of causes) {
		const bytes = typeof pack === 'string' ? utf8(pack) : pack;
		let said: string;
		try {
			const [first, second] = decodePack(bytes);
			const problem = first instanceof Problem ? first : second;
			said = problem instanceof Problem ? problem.detail : 'nothing';
		} catch (error) {
			assert.ok(error instanceof Problem);
			said = error.detail;
		}
		assert.match(said, cause, typeof pack === 'string' ? pack : Buffer.from(pack).toString('hex'));
	}
});

test('a version of secondary units is understood (RFC 9100), and their values are scaled to the unit of the stream', () => {
	const [record] = decodePack(utf8('[{"bver":26,"n":"d","u":"hPa","t":1795000000,"v":1013.25}]'));
	assert.ok(record !== undefined && !(record instanceof Problem));
	assert.deepEqual(inUnit(record, 'Pa'), { ...record, unit: 'Pa', value: 101_325 });
	assert.equal(inUnit(record, 'hPa'), record);
	assert.equal(inUnit(record, 'Cel'), record);
	assert.equal(inUnit({ ...record, value: 'x' }, 'Pa').unit, 'hPa');
});
