import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '@keyward/core';
import { collect } from '@keyward/testing/agent/collect';
import { standardInput, type StandardInputOptions } from './standard-input.ts';

const now = Date.UTC(2026, 10, 22);

const read = async (chunks: readonly Uint8Array[], options: Partial<StandardInputOptions> = {}) => {
	const source = standardInput({
		input: Readable.from(chunks),
		clock: { now: () => now },
		stream: 'air',
		units: { air: 'Cel' },
		live: false,
		...options,
	});
	return collect(source.read(new AbortController().signal));
};

const air = (time: number, value: number | string | boolean) => ({ stream: 'air', time, value, unit: 'Cel' });
const text = (...lines: string[]) => [Buffer.from(lines.join('\n'))];

test('the three forms of a line', async () => {
	const lines = [
		'21.5',
		'',
		'# a comment',
		'2026-11-22T10:00:00Z,-3',
		'1795341600 , true',
		'{"v":1}',
		'{"n":"door","u":"","t":-60,"vb":false,"later":"unknown labels are passed over"}',
		'{"n":"note","t":1795341600.25,"vs":"a, b"}',
	];
	assert.deepEqual(await read(text(...lines)), [
		air(now, 21.5),
		air(Date.UTC(2026, 10, 22, 10), -3),
		air(1_795_341_600_000, true),
		air(now + 1, 1),
		{ stream: 'door', time: now - 60_000, value: false, unit: '' },
		{ stream: 'note', time: 1_795_341_600_250, value: 'a, b' },
	]);
});

test('what a program leaves without its end is no line: half of 21.5 is 2', async () => {
	const [whole, half] = await read(text('21.5', '2'), { piped: true });
	assert.deepEqual(whole, air(now, 21.5));
	assert(half instanceof Problem);
	assert.equal(half.detail, 'line 2 was cut off');
	assert.deepEqual(await read(text('21.5', '2')), [air(now, 21.5), air(now + 1, 2)]);
});

test('a line that says more than a value comes with advice; a record that lacks one thing without', async () => {
	const items = await read(text('T=21.5C', '{"temp":21.5}', '{"n":"air"}', '{"bv":20}', '{}'), { advice: 'do so' });
	assert.deepEqual(
		items.map((item) => (item instanceof Problem ? item.detail : item.value)),
		[
			'line 1: "T=21.5C" is not a number; do so',
			'line 2: this is no SenML record, whose value is v; do so',
			'line 3: a record needs a value: v, vs, vb or vd (RFC 8428 §4.2)',
			20,
		],
	);
});

test('base fields hold for their record and all after it, as in a pack', async () => {
	const lines = [
		'{"bn":"ai","bv":20,"n":"r","v":0.7}',
		'{"n":"r","v":-0.5,"t":1795341600}',
		'7',
		'{"bt":1795341000,"bu":"K","bv":0,"bver":10}',
		'{"n":"r","t":600,"v":294}',
		'{"n":"r","t":601,"u":"Cel","v":21}',
		'{"n":"r","vs":"text has no base"}',
		'{"n":"r","v":1,"later":"unknown labels are passed over"}',
		'{"bn":"door","n":"","bt":-60,"vb":true}',
	];
	const at = 1_795_341_600_000;
	assert.deepEqual(await read(text(...lines)), [
		air(now, 20.7),
		air(at, 19.5),
		air(now + 1, 7),
		{ ...air(at, 294), unit: 'K' },
		air(at + 1000, 21),
		{ ...air(at - 600_000, 'text has no base'), unit: 'K' },
		{ ...air(at - 600_000, 1), unit: 'K' },
		{ stream: 'door', time: now - 60_000, value: true, unit: 'K' },
	]);
});

test('a pack on a line is resolved as on the wire; its base fields end with it', async () => {
	const lines = [
		'[{"bn":"a","bv":20,"bu":"K","bt":1795341600,"n":"ir","v":0.5},{"n":"ir","t":1,"v":1},{"n":"ir","t":2,"v":"x"},{"n":"ir","t":3}]',
		'{"v":1}',
		'[{"n":"air","v":1,"v":2}]',
		'[1]',
		'[{"n":"air","v":NaN}]',
	];
	const at = 1_795_341_600_000;
	const items = await read(text(...lines));
	const said = items.map((item) => (item instanceof Problem ? item.detail : item));
	assert.deepEqual(said, [
		{ ...air(at, 20.5), unit: 'K' },
		{ ...air(at + 1000, 21), unit: 'K' },
		'line 1: v must be a finite number; it is text: write numbers without quotes, and text in vs',
		{ ...air(at + 3000, 20), unit: 'K' },
		air(now, 1),
		'line 3: a label stands twice in one record (RFC 8428 §5)',
		'line 4: each record of a pack is an object (RFC 8428 §4)',
		'line 5: this is not JSON; JSON has no NaN: leave the record out where there is no value',
	]);
});

test('a base field that could not be read lets no later record pass until it is sent again', async () => {
	const details = async (...lines: string[]) =>
		(await read(text(...lines))).map((item) => (item instanceof Problem ? item.detail : item.value));
	const lost = (number: number, labels: string): string =>
		`line ${number}: ${labels} of an earlier record could not be read: send it again`;
	for (const [bad, why] of [
		['{"bv":"20"}', 'line 2: bv must be a finite number; it is text: write numbers without quotes, and text in vs'],
		['{"bv":20', 'line 2: this is not a JSON object on one line'],
		['{"bv":20,"bv":30}', 'line 2: a label stands twice in one record (RFC 8428 §5)'],
	] as const) {
		assert.deepEqual(
			await details('{"v":1}', bad, '{"v":0.7}', '5', '{"bv":20,"v":0.7}', '{"v":1}'),
			[1, why, lost(3, 'bv'), 5, 20.7, 21],
			bad,
		);
	}
	assert.deepEqual((await details('{"bv":20,"v":1}', 'x'.repeat(5000), '{"v":1}', '{"bv":1,"v":1}')).slice(2), [
		lost(3, 'bv'),
		2,
	]);
	assert.deepEqual(await details('{"v":1,"v":2}', '{"v":3}', '{"bver":12}', '{"v":4}'), [
		'line 1: a label stands twice in one record (RFC 8428 §5)',
		3,
		'line 3: bver 12 asks for features that are not understood here: send 10, or 26 for secondary units (RFC 9100)',
		lost(4, 'bver'),
	]);
});

test('a bad line is named with its number and the good ones around it are kept', async () => {
	const lines = [
		'1',
		'hello',
		'2026-11-22T10:00:00Z,',
		'yesterday,5',
		'{"v":1',
		'{"v":1,"vs":"two"}',
		'{"v":"1"}',
		'{"n":"Not A Name","v":1}',
		'{"v":1,"must_":true}',
		'{}',
		'NaN',
		'x'.repeat(5000),
		'2',
	];
	const items = await read(text(...lines));
	assert.deepEqual(
		items.flatMap((item) => (item instanceof Problem ? [] : [item.value])),
		[1, 2],
	);
	const problems = items.filter((item) => item instanceof Problem);
	assert.equal(problems.length, 11);
	assert(problems.every(({ code }) => code === 'source-malformed'));
	assert.match(problems[0]?.detail ?? '', /^line 2: /);
	assert.match(problems.at(-1)?.detail ?? '', /line 12 is longer/);
});

test('bytes that are not UTF-8 spoil their own line alone', async () => {
	const items = await read([Buffer.from('1\n'), Buffer.from([0xff, 0x0a]), Buffer.from('2\n')]);
	assert.deepEqual(
		items.map((item) => (item instanceof Problem ? item.code : item.value)),
		[1, 'source-malformed', 2],
	);
});

test('without a stream name a bare value is a complaint', async () => {
	const items = await collect(
		standardInput({ input: Readable.from(text('1', '{"n":"a","v":2}')), clock: { now: () => now }, live: false }).read(
			new AbortController().signal,
		),
	);
	assert.deepEqual(
		items.map((item) => (item instanceof Problem ? item.code : item.value)),
		['source-malformed', 2],
	);
});

test('lines are the same however the bytes are cut', async () => {
	const bytes = Buffer.from('1\r\n{"vs":"grün"}\n\n2.5\n# c\nbad\n3');
	const whole = await read([bytes]);
	await fc.assert(
		fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
			const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
			const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
			const items = await read(chunks.filter((chunk) => chunk.length > 0));
			assert.deepEqual(items.map(String), whole.map(String));
			assert.equal(items.length, 5);
		}),
		{ numRuns: 200 },
	);
});

test('being aborted is an end', async () => {
	const input = new PassThrough();
	const stop = new AbortController();
	input.write('1\n');
	const seen: unknown[] = [];
	for await (const item of standardInput({ input, clock: { now: () => now }, stream: 'air', live: true }).read(
		stop.signal,
	)) {
		seen.push(item);
		stop.abort();
	}
	assert.equal(seen.length, 1);
	assert(input.destroyed);
});
