import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { encode } from 'cbor2';
import fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { decodePack } from './pack.ts';
import { maxRecords, type ResolvedRecord } from './senml.ts';
import { decodeSenmlCbor, encodeSenmlCbor } from './senml-cbor.ts';
import { decodeSenmlJson, encodeSenmlJson, type RecordToWrite } from './senml-json.ts';

interface Vector {
	readonly name: string;
	readonly json?: string;
	readonly cbor?: string;
	readonly hex?: string;
	readonly records: readonly (ResolvedRecord | string)[];
	readonly code: string;
}

const vectors = (name: string): readonly Vector[] =>
	JSON.parse(
		readFileSync(new URL(`../../../vectors/senml/${name}.json`, import.meta.url), 'utf8'),
	) as readonly Vector[];

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Every form that a vector is given in. */
const forms = ({ json, cbor, hex }: Vector): Uint8Array[] => [
	...(json === undefined ? [] : [utf8(json)]),
	...[cbor, hex].flatMap((text) => (text === undefined ? [] : [Uint8Array.from(Buffer.from(text, 'hex'))])),
];

const outcome = (bytes: Uint8Array): (ResolvedRecord | string)[] =>
	decodePack(bytes).map((one) => (one instanceof Problem ? one.code : one));

for (const vector of [...vectors('valid'), ...vectors('mixed')]) {
	test(`vector: ${vector.name}`, () => {
		assert(forms(vector).length > 0);
		for (const bytes of forms(vector)) assert.deepEqual(outcome(bytes), vector.records);
	});
}

for (const vector of vectors('invalid')) {
	test(`vector refused: ${vector.name}`, () => {
		assert(forms(vector).length > 0);
		for (const bytes of forms(vector)) {
			assert.throws(
				() => decodePack(bytes),
				(error) => error instanceof Problem && error.code === vector.code,
			);
		}
	});
}

test('a pack holds a thousand records and not one more', () => {
	const pack = (count: number): Uint8Array =>
		utf8(JSON.stringify(Array.from({ length: count }, () => ({ n: 'd', t: 1_795_000_000, v: 1 }))));
	assert.equal(decodePack(pack(maxRecords)).length, maxRecords);
	assert.throws(() => decodePack(pack(maxRecords + 1)), { code: 'senml-malformed' });
});

test('a CBOR pack is counted before anything is made of it', () => {
	const bytes = (head: readonly number[], filling: number, count: number): Uint8Array =>
		Uint8Array.from([...head, ...new Uint8Array(count).fill(filling)]);
	const packs = {
		'empty maps, in an array that says how many': bytes([0x9a, 0, 3, 0xfc, 0], 0xa0, 261_120),
		'empty maps, in one that does not': bytes([0x9f], 0xa0, 4000),
		'as many maps in a record': bytes([0x81, 0xa1, 0x02, 0x99, 0x0f, 0xa0], 0xa0, 4000),
		'numbers in a record': bytes([0x81, 0xa1, 0x02, 0x99, 0x9c, 0x40], 0, 40_000),
		'tag in tag': bytes([0x81], 0xc1, 3000),
		'an array of eight bytes of length': bytes([0x9b, 0, 0, 0, 0, 0, 0, 0, 1], 0xa0, 1),
	};
	for (const [name, pack] of Object.entries(packs)) {
		assert.throws(() => decodePack(pack), /more than the 1000 records/, name);
	}
	const full = encodeSenmlCbor(
		Array.from({ length: maxRecords }, (_, time) => ({
			name: 'd',
			unit: 'Cel',
			time: 1_795_000_000_000 + time,
			value: 1,
		})),
	);
	assert.equal(decodePack(full).length, maxRecords);
});

test('JSON nested as deep as a packet can be is a Problem or passed over, never a crash', () => {
	const depth = 100_000;
	const nested = `[{"n":"d","t":1795000000,"v":${'['.repeat(depth)}${']'.repeat(depth)}}]`;
	assert.deepEqual(thrown(utf8(nested)) ?? outcome(utf8(nested)), ['reading-value']);
});

/** The code that decoding throws, or null. Anything but a `Problem` goes on up. */
const thrown = (bytes: Uint8Array): string | null => {
	try {
		decodePack(bytes);
		return null;
	} catch (error) {
		if (error instanceof Problem) return error.code;
		throw error;
	}
};

test('a pack cut off anywhere is a Problem', () => {
	for (const vector of vectors('valid')) {
		for (const bytes of forms(vector)) {
			for (let end = 0; end < bytes.length; end++) {
				assert.equal(thrown(bytes.subarray(0, end)), 'senml-malformed', `${vector.name} cut at ${end}`);
			}
		}
	}
});

test('whatever the bytes, decoding gives records or a Problem', () => {
	const bytes = fc.oneof(
		fc.uint8Array({ maxLength: 200 }),
		fc.uint8Array({ maxLength: 200 }).map((tail) => Uint8Array.from([0x81, 0xa3, ...tail])),
		fc.json().map(utf8),
		fc
			.array(fc.dictionary(fc.constantFrom('bn', 'bt', 'n', 'u', 'v', 'vs', 't', 'x_'), fc.anything()))
			.map((pack) =>
				utf8(JSON.stringify(pack, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? ''),
			),
	);
	fc.assert(
		fc.property(bytes, (input) => {
			if (thrown(input) !== null) return;
			for (const record of decodePack(input)) {
				if (record instanceof Problem) continue;
				assert(Number.isSafeInteger(record.time));
				assert(typeof record.value !== 'number' || Number.isFinite(record.value));
			}
		}),
		{ numRuns: 2000 },
	);
});

test('flipping bits of a good pack gives records or a Problem', () => {
	const all = vectors('valid').flatMap(forms);
	fc.assert(
		fc.property(fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), (which, flips) => {
			const bytes = Uint8Array.from(all[which % all.length] ?? []);
			for (const [at, value] of flips) bytes[at % bytes.length] = value;
			thrown(bytes);
		}),
		{ numRuns: 3000 },
	);
});

/** Until the year 2200; what is written there is written to the millisecond. */
const time = fc.integer({ min: 2 ** 28 * 1000, max: 7_258_118_400_000 });
const text = fc.string({ maxLength: 40, unit: 'grapheme' });
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), text, fc.boolean());
const written = fc.record<RecordToWrite>({ name: text, unit: text, time, value });

test('what is written is read back, in JSON and in CBOR', () => {
	fc.assert(
		fc.property(fc.array(written, { minLength: 1, maxLength: 20 }), (records) => {
			const expected = records.map((record) => ({
				...record,
				// JSON has no -0 that survives; both mean 0.
				value: record.value === 0 ? 0 : record.value,
				extra: false,
			}));
			const plain = (decoded: readonly (ResolvedRecord | Problem)[]) =>
				decoded.map((one) => (one instanceof Problem ? one : { ...one, value: one.value === 0 ? 0 : one.value }));
			assert.deepEqual(plain(decodeSenmlJson(encodeSenmlJson(records))), expected);
			assert.deepEqual(plain(decodeSenmlCbor(encodeSenmlCbor(records))), expected);
			assert.deepEqual(plain(decodePack(encodeSenmlCbor(records))), expected);
		}),
	);
});

test('a pack that this project did not write, by another encoder of CBOR', () => {
	const pack = encode([
		new Map<number, unknown>([
			[-2, 'probe-1/'],
			[-3, 1_795_000_000],
			[-4, 'Sv/h'],
		]),
		new Map<number, unknown>([
			[0, 'dose-rate'],
			[2, 1e-7],
		]),
	]);
	assert.deepEqual(outcome(pack), [
		{ name: 'probe-1/dose-rate', unit: 'Sv/h', time: 1_795_000_000_000, value: 1e-7, extra: false },
	]);
});

test('a relative time counts from the moment that is given, and is refused without one', () => {
	const now = 1_795_000_000_000;
	const pack = utf8(
		'[{"n":"d","v":1},{"n":"d","v":2,"t":0},{"n":"d","v":3,"t":-2.5},{"n":"d","v":4,"t":1794000000.25},{"bt":-10,"n":"d","v":5,"t":1}]',
	);
	const times = (bytes: Uint8Array, at: number | null) =>
		decodePack(bytes, at).map((one) => (one instanceof Problem ? one.code : one.time));
	assert.deepEqual(times(pack, now), [now, now, now - 2500, 1_794_000_000_250, now - 9000]);
	const missing = 'reading-time-missing';
	assert.deepEqual(times(pack, null), [missing, missing, missing, 1_794_000_000_250, missing]);
	// 1970-01-01T00:00:00Z, of a clock that was never set, is a time that was sent.
	const why = decodePack(pack, null).map((one) => (one instanceof Problem ? one.detail : ''));
	assert.match(why[0] ?? '', /^a reading needs an absolute time/);
	assert.match(why[1] ?? '', /^t is 0: a time before the device existed is no time, .* set the device's clock/);
	const cbor = encode([
		new Map<number, unknown>([
			[0, 'd'],
			[2, 1],
		]),
	]);
	assert.deepEqual(times(cbor, now), [now]);
});

test('a label that stands twice is refused in JSON as in CBOR, wherever it stands', () => {
	const decode = (text: string) => decodeSenmlJson(new TextEncoder().encode(text), 1_700_000_000_000);
	for (const twice of [
		'[{"n":"a","v":1,"v":2}]',
		'[{"n":"a","v":1,"\\u0076":2}]',
		'[{"n":"a","v":1},{"n":"b","n":"c","v":1}]',
		'[{"n":"a","v":1,"x":{"y":1,"y":2}}]',
		'[{"n":"a","v":1,"__proto__":1,"__proto__":2}]',
	]) {
		assert.throws(() => decode(twice), /stands twice/, twice);
	}
	for (const once of ['[{"n":"a:\\":\\\\","v":1}]', '[{"n":"a","v":1,"x":[{"y":1},{"y":{"y":[]}}]}]']) {
		assert.equal(decode(once).length, 1, once);
	}
});

test('data is kept as its base64url text, the same from JSON and CBOR, and one text alone stands for its octets', () => {
	const json = (vd: string) =>
		decodeSenmlJson(new TextEncoder().encode(`[{"n":"a","u":"/","vd":${vd},"t":0}]`), 1_700_000_000_000)[0];
	const cbor = decodeSenmlCbor(
		encode([
			new Map<number, unknown>([
				[0, 'a'],
				[1, '/'],
				[8, Uint8Array.of(0xfb, 2)],
				[6, 0],
			]),
		]),
		1_700_000_000_000,
	)[0];
	const kept = json('"-wI"');
	assert.ok(kept !== undefined && !(kept instanceof Problem) && kept.value === '-wI' && !kept.extra);
	assert.deepEqual(cbor, kept);
	for (const wrong of ['"-wI="', '"-wJ"', '"+wI"', '"-w I"', '5', 'true', '"-wI","v":1']) {
		const refused = json(wrong);
		assert.ok(refused instanceof Problem && refused.code === 'senml-malformed', wrong);
	}
});

test('sums are refused with what to send instead, and the records around them are kept', () => {
	for (const [label, said] of [
		['"v":1,"s":2', /a sum \(s\) is not kept/],
		['"v":1,"bs":2', /a base sum \(bs\) is not kept/],
	] as const) {
		const [first, second] = decodeSenmlJson(
			new TextEncoder().encode(`[{"n":"a",${label},"t":0},{"n":"a","v":7,"t":1}]`),
			1_700_000_000_000,
		);
		assert.ok(first instanceof Problem && first.code === 'senml-unsupported');
		assert.match(first.detail, said);
		assert.ok(second !== undefined && !(second instanceof Problem) && second.value === 7);
	}
});
