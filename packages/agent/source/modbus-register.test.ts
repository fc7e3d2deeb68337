import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRegister, readRegister, registerCount } from './modbus-register.ts';

test('a register is written as table, address, type and order', () => {
	assert.deepEqual(parseRegister('holding:100:float32'), {
		table: 'holding',
		address: 100,
		type: 'float32',
		swapWords: false,
		swapBytes: false,
		noValue: [],
	});
	assert.deepEqual(parseRegister('input:0xFfFf:uint16,swap-bytes,swap-words'), {
		table: 'input',
		address: 65_535,
		type: 'uint16',
		swapWords: true,
		swapBytes: true,
		noValue: [],
	});
	const refused: [string, RegExp][] = [
		['holding:100', /write TABLE:ADDRESS:TYPE/],
		['holding:100:int16:swap', /write TABLE/],
		['holdings:1:int16', /no table of registers; did you mean "holding"\?/],
		['coil:1:int16', /no table of registers \(holding, input\)/],
		['input:1:float', /no type of a figure; did you mean "float32"\?/],
		['input:1:toString', /no type/],
		['input:1:int32,swap', /no order/],
		['input:1:int32,', /no order/],
		['input:1:int16,no-value=0x18000', /no code of int16/],
		['input:1:int16,no-value=-32769', /no code of int16/],
		['input:1:uint16,no-value=-1', /no code of uint16/],
		['input:1:int16,no-value=', /no code of int16/],
		['input:1:float32,no-value=0x7fff', /no code of float32: write the bits of an integer type/],
		['input:1:int16,sunspecs', /did you mean "sunspec"/],
		['input:-1:int32', /no address/],
		['input:65536:int16', /no address/],
		['input:65535:int32', /no address/],
		['input:1e3:int32', /no address/],
		['input::int16', /write TABLE/],
	];
	for (const [text, detail] of refused)
		assert.throws(() => parseRegister(text), { code: 'source-malformed', detail }, text);
});

const read = (text: string, hex: string): number =>
	readRegister(parseRegister(`holding:0:${text}`), Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')));

test('figures in each type and order', () => {
	assert.equal(read('int16', 'ff fe'), -2);
	assert.equal(read('uint16', 'ff fe'), 65_534);
	assert.equal(read('uint16,swap-bytes', 'fe ff'), 65_534);
	assert.equal(read('int32', 'ff ff ff fe'), -2);
	assert.equal(read('uint32', '00 01 00 02'), 65_538);
	assert.equal(read('uint32,swap-words', '00 02 00 01'), 65_538);
	// 123.456 as IEEE 754 single precision, in the four orders that instruments have.
	const single = Math.fround(123.456);
	assert.equal(read('float32', '42 f6 e9 79'), single);
	assert.equal(read('float32,swap-words', 'e9 79 42 f6'), single);
	assert.equal(read('float32,swap-bytes', 'f6 42 79 e9'), single);
	assert.equal(read('float32,swap-words,swap-bytes', '79 e9 f6 42'), single);
	assert.equal(read('float64', '40 5e dd 2f 1a 9f be 77'), 123.456);
	assert.equal(read('float64,swap-words', 'be 77 1a 9f dd 2f 40 5e'), 123.456);
});

test('a code for "no value" is never a figure, and its neighbours are', () => {
	const none: [string, string][] = [
		['int16,sunspec', '80 00'],
		['uint16,sunspec', 'ff ff'],
		['int32,sunspec', '80 00 00 00'],
		['uint32,sunspec', 'ff ff ff ff'],
		['int32,sunspec,swap-words', '00 00 80 00'],
		['int16,no-value=0x7fff,no-value=0x8000', '7f ff'],
		['int16,no-value=0x7fff,no-value=0x8000', '80 00'],
		['int16,no-value=-32768', '80 00'],
		['int16,no-value=0x7fff,swap-bytes', 'ff 7f'],
		['int32,no-value=0x7fffffff', '7f ff ff ff'],
		['uint32,no-value=0x80000000', '80 00 00 00'],
	];
	for (const [text, hex] of none) {
		assert.throws(() => read(text, hex), { code: 'source-no-value', detail: /says that it has no value \(0x/ }, text);
		assert(Number.isFinite(read(text.split(',')[0] ?? '', hex)), 'without the option it is a figure like any other');
	}
	assert.equal(read('int16,sunspec', '80 01'), -32_767);
	assert.equal(read('uint16,sunspec', '80 00'), 32_768);
	assert.equal(read('float32,sunspec', '42 f6 e9 79'), Math.fround(123.456));
});

test('what is no figure, or not of its length, is never one', () => {
	for (const hex of ['7f c0 00 00', '7f 80 00 00', 'ff 80 00 00', 'ff ff ff ff']) {
		assert.throws(() => read('float32', hex), { code: 'source-malformed', detail: /which is no figure/ }, hex);
	}
	for (const hex of ['', '00', '00 00', '00 00 00 00 00 00']) {
		assert.throws(() => read('int32', hex), { code: 'source-malformed', detail: /bytes came for 2 registers/ }, hex);
	}
});

test('any bytes are a finite figure or a Problem', () => {
	const types = ['int16', 'uint32', 'float32', 'float64,swap-words', 'float32,swap-bytes'] as const;
	fc.assert(
		fc.property(fc.constantFrom(...types), fc.uint8Array({ minLength: 8, maxLength: 8 }), (type, bytes) => {
			const register = parseRegister(`input:0:${type}`);
			try {
				assert(Number.isFinite(readRegister(register, bytes.subarray(0, registerCount(register) * 2))));
			} catch (error) {
				assert.equal((error as { code?: unknown }).code, 'source-malformed');
			}
		}),
	);
});
