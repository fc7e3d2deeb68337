import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { collect } from '@keyward/testing/agent/collect';
import fc from 'fast-check';
import { blockChecks, checkSize, disagreement } from './block-check.ts';
import { type LineEnding, readLines } from './lines.ts';
import { PauseCutter } from './pause-cutter.ts';

/** What becomes of bytes that come in these pieces: a text, or a code. */
const lines = async (pieces: readonly (string | Buffer)[], ending: LineEnding, ends: 'whole' | 'cut' = 'cut') => {
	const input = Readable.from(pieces.map((piece) => Buffer.from(piece as string, 'latin1')));
	const all = await collect(readLines(input, new AbortController().signal, ends, ending));
	return all.map((line) => (line instanceof Problem ? line.code : line.text));
};

test('CR, LF and CRLF end a line wherever the pieces part, and half a line does not count', async () => {
	const cases: [LineEnding, string, string[]][] = [
		['lf', '.5\n21.5\r\n22.5\n2', ['21.5', '22.5', 'source-malformed']],
		['cr', '.5\r21.5\r22.5\r\n2', ['21.5', '22.5', 'source-malformed']],
		[
			'any',
			'.5\r21.5\r22.5\r\n23.5\n24.5\n\n25.5\r2',
			['21.5', '22.5', '23.5', '24.5', '', '25.5', 'source-malformed'],
		],
	];
	for (const [ending, text, expected] of cases) {
		assert.deepEqual(await lines([text], ending), expected);
		assert.deepEqual(await lines(text.split(''), ending), expected);
	}
	assert.deepEqual(await lines(['21.5\r\n22.5'], 'any', 'whole'), ['21.5', '22.5']);
	assert.deepEqual(await lines(['x\r', '9'.repeat(5000), '\r1\r'], 'any'), ['source-no-line', 'source-malformed', '1']);
});

const framed = (text: string, check: (typeof blockChecks)[number] = 'none'): Buffer => {
	const bytes = Buffer.from(`${text}\x03`, 'latin1');
	// Made without the code under test.
	let [xor, sum] = [0, 0];
	for (const byte of bytes) [xor, sum] = [xor ^ byte, (sum + byte) % 256];
	const figure = { bcc: xor, sum, lrc: (256 - sum) % 256, none: 0 }[check.replace('-hex', '') as 'bcc'] ?? 0;
	const hex = figure.toString(16).padStart(2, '0');
	const sent = check === 'none' ? '' : check.endsWith('-hex') ? hex : Buffer.of(figure).toString('latin1');
	return Buffer.concat([Buffer.of(2), bytes, Buffer.from(sent, 'latin1')]);
};

test('frames from STX to ETX, with each check, in any pieces; a garbled or cut one is no line', async () => {
	for (const check of blockChecks) {
		const ending = { frame: 'stx-etx', check } as const;
		const good = framed('+21.5\r\n', check);
		const bad = Buffer.from(good);
		bad[2] = 0x37;
		const stream = Buffer.concat([
			Buffer.from('.5\x03'),
			...[good, Buffer.from('\r\n noise'), framed('22.5', check), check === 'none' ? Buffer.alloc(0) : bad],
			...[good.subarray(0, 4), framed('23.5', check), good.subarray(0, 3)],
		]);
		const garbled = check === 'none' ? [] : ['sentence-checksum'];
		const expected = ['+21.5\r\n', '22.5', ...garbled, 'source-malformed', '23.5', 'source-malformed'];
		assert.deepEqual(await lines([stream], ending), expected, check);
		const single = [...stream].map((byte) => Buffer.of(byte));
		assert.deepEqual(await lines(single, ending), expected, check);
	}
	const long = { frame: 'stx-etx', check: 'none' } as const;
	assert.deepEqual(await lines([framed('9'.repeat(5000)), framed('1')], long), [
		'source-no-line',
		'source-malformed',
		'1',
	]);
});

test('an instrument without frames is complained about, once', async () => {
	const ending = { frame: 'stx-etx', check: 'bcc' } as const;
	assert.deepEqual(await lines(Array<string>(1000).fill('21.5 22.5\r\n'), ending), ['source-no-line']);
	assert.deepEqual(await lines(Array<string>(9).fill('21.5\n'), 'cr'), ['source-no-line']);
});

test('checks as their standards compute them', () => {
	const of = (name: (typeof blockChecks)[number], text: string, sent: string): boolean =>
		disagreement(name, Buffer.from(text, 'latin1'), Buffer.from(sent, 'latin1')) === null;
	// Modbus over serial line, section 6.2.1 and its worked frames: F7 03 13 89 00 0A has LRC 60.
	assert(of('lrc', '\xf7\x03\x13\x89\x00\x0a', '\x60'));
	assert(of('lrc-hex', '\xf7\x03\x13\x89\x00\x0a', '60'));
	// IEC 62056-21, annex: "R1" of an address; the exclusive or of 30 31 03.
	assert(of('bcc', '01\x03', '\x02'));
	assert(of('sum-hex', 'AB\x03', '86'));
	assert(!of('bcc-hex', '01\x03', '03'));
	assert.deepEqual(blockChecks.map(checkSize), [0, 1, 2, 1, 2, 1, 2]);
});

test('lines that a silence ends: whole, or said to be in doubt, however late this machine looks', () => {
	const pause = 80;
	const line = fc.record({
		text: fc.stringMatching(/^[0-9]{2,5}$/),
		gaps: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 4 }),
	});
	fc.assert(
		fc.property(
			fc.array(line, { maxLength: 8 }),
			fc.array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 900 })), fc.boolean()), {
				minLength: 300,
				maxLength: 300,
			}),
			(sent, looks) => {
				const arrivals: { at: number; byte: number }[] = [];
				let time = 2 * pause;
				for (const { text, gaps } of sent) {
					for (const [at, byte] of [...Buffer.from(text)].entries()) {
						time += at === 0 ? 2 * pause : (gaps[at - 1] ?? 0);
						arrivals.push({ at: time, byte });
					}
				}
				const cutter = new PauseCutter(pause, 0);
				const got: string[] = [];
				let [now, read] = [0, 0];
				// Last it looks often enough to see the end of what came.
				const quiet = Array.from({ length: 100 }, () => [40, true] as const);
				for (const [later, tickFirst] of [...looks, ...quiet]) {
					now += later;
					if (tickFirst) got.push(...cutter.silence(now).map(String));
					const there = arrivals.filter(({ at }, index) => index >= read && at <= now).map(({ byte }) => byte);
					read += there.length;
					if (there.length > 0) got.push(...cutter.take(Buffer.from(there), now).map(String));
				}
				const texts = sent.map(({ text }) => text);
				for (const text of got.filter((one) => !one.startsWith('[')))
					assert(texts.includes(text), `${text} was never sent`);
			},
		),
		{ numRuns: 300 },
	);
});

test('a machine that looks often enough reads every line, but for one that was under way at the start', () => {
	const cutter = new PauseCutter(80, 0);
	const got: string[] = [];
	const say = (pieces: readonly unknown[]): void => void got.push(...pieces.map(String));
	for (let now = 10; now < 3000; now += 10) {
		const phase = now % 500;
		if (phase === 0 || phase === 30) say(cutter.take(Buffer.from(phase === 0 ? '21' : '.5'), now));
		else say(cutter.silence(now));
		if (now === 20) cutter.take(Buffer.from('.7'), now);
	}
	assert.deepEqual(got, Array<string>(5).fill('21.5'));
	// One that never pauses is complained about.
	for (let now = 3000; now < 90_000; now += 10) say(cutter.take(Buffer.from('7'), now));
	assert.equal(got.length, 6);
	assert.match(got[5] ?? '', /bytes for 30 s came and no line ended/);
});
