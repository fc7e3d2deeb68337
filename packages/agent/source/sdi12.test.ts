import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { makePseudoTerminal } from '@keyward/testing/agent/pseudo-terminal';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { needs } from '@keyward/testing/debian';
import { parseSdi12Value, readValues, sdi12Crc } from './sdi12-answer.ts';
import { sdi12, type Sdi12Options } from './sdi12.ts';

test('the checksum and the values are as the standard prints them', () => {
	// SDI-12 1.4, section 4.4.12.2, example: 0D0! answers 0+3.14OqZ.
	assert.equal(sdi12Crc('0+3.14'), 'OqZ');
	assert.deepEqual(readValues('0+3.14OqZ', true), [3.14]);
	assert.deepEqual(readValues('0+3.14-2.5+7.+.5+0', false), [3.14, -2.5, 7, 0.5, 0]);
	assert.deepEqual(readValues('0', false), []);
	assert.throws(() => readValues('0+3.15OqZ', true), { code: 'sentence-checksum' });
	assert.throws(() => readValues('0', true), { code: 'sentence-checksum' });
	for (const line of ['0+3.14OqZ', '03.14', '0+3.1.4', '0+', '0+3,1'])
		assert.throws(() => readValues(line, false), { code: 'source-malformed' }, line);
	for (const text of ['0:C:1', '0:M:0', '00:M:1', '?:M:1', '0:M', 'M:1', '0:R:1'])
		assert.throws(() => parseSdi12Value(text), { code: 'source-malformed', detail: /ADDRESS:COMMAND:NUMBER/ }, text);
});

type Sensor = (command: string) => string | null;

/** A sensor behind an adapter: what it sends for each command; null for nothing. */
const start = async (t: TestContext, sensor: Sensor, map: Record<string, string>, more: Partial<Sdi12Options> = {}) => {
	const port = makePseudoTerminal(t);
	const asked: string[] = [];
	let came = '';
	port.onAsked((bytes) => {
		came += bytes.toString('latin1');
		for (let end = came.indexOf('!'); end >= 0; end = came.indexOf('!')) {
			const command = came.slice(0, end + 1);
			came = came.slice(end + 1);
			asked.push(command);
			const answer = sensor(command);
			if (answer !== null) void port.send(Buffer.from(answer, 'latin1')).catch(() => {});
		}
	});
	await port.plug();
	const reading = take(
		sdi12({
			path: port.path,
			baud: 9600,
			framing: '8N1',
			timeout: 60_000,
			every: 20,
			clock: { now: () => Date.now() },
			longestWait: 50,
			streams: Object.fromEntries(
				Object.entries(map).map(([stream, text]) => [stream, { value: parseSdi12Value(text) }]),
			),
			...more,
		}),
	);
	t.after(() => reading.stop());
	return { reading, asked, port };
};

const withCrc = (text: string): string => `${text}${sdi12Crc(text)}\r\n`;

test('a measurement is made once a round, waited for, and its values are taken over several lines', async (t) => {
	if (!needs(t, 'socat')) return;
	const sensor: Sensor = (command) => {
		if (command === '0MC!') return '00013\r\n0\r\n';
		if (command === '0D0!') return withCrc('0+21.5-3');
		if (command === '0D1!') return withCrc('0+7.25');
		// An adapter that wakes the line with zeros, and sends the command back.
		return command === 'aR0!' ? `\0\0${command}a+4.5\r\n` : null;
	};
	const map = { air: '0:MC:1', soil: '0:MC:2', water: '0:MC:3', level: 'a:R0:1' };
	const { reading, asked } = await start(t, sensor, map);
	await reading.reach(8);
	await reading.stop();
	assert.deepEqual(reading.problems(), []);
	assert.deepEqual(
		reading
			.samples()
			.slice(0, 4)
			.map(({ stream, value }) => [stream, value]),
		[
			['air', 21.5],
			['soil', -3],
			['water', 7.25],
			['level', 4.5],
		],
	);
	assert.deepEqual(asked.slice(0, 5), ['0MC!', '0D0!', '0D1!', 'aR0!', '0MC!']);
});

test('a garbled, foreign, short, missing or empty answer is no reading, and the next is', async (t) => {
	if (!needs(t, 'socat')) return;
	const faults: [string, string | null, string, RegExp][] = [
		['0D0!', withCrc('0+21.5').replace('5', '7'), 'sentence-checksum', /sensor 0:MC: the checksum of .* is wrong/],
		['0D0!', withCrc('1+21.5'), 'source-malformed', /is not of sensor 0/],
		['0D0!', withCrc('0'), 'source-unavailable', /0 values came, the sensor had announced 1/],
		['0MC!', '00000\r\n', 'source-no-value', /nothing to give/],
		['0MC!', '0what\r\n', 'source-malformed', /does not say how long/],
		['0MC!', '00001', 'source-unavailable', /no whole answer within 400 ms \(5 bytes came\)/],
		['0MC!', null, 'source-unavailable', /no whole answer within 400 ms$/],
		['0MC!', '\x07'.repeat(3000), 'source-malformed', /more than 1024 bytes came/],
	];
	let fault: (typeof faults)[number] | null = null;
	const { reading, port } = await start(
		t,
		(command) => {
			if (fault?.[0] === command) {
				const [, answer] = fault;
				fault = null;
				return answer;
			}
			return command === '0MC!' ? '00001\r\n' : withCrc('0+21.5');
		},
		{ air: '0:MC:1' },
		{ timeout: 400 },
	);
	await reading.reach(1);
	for (const one of faults) {
		const before = reading.samples().length;
		fault = one;
		const [, , code, detail] = one;
		await until(String(detail), () =>
			reading.problems().some((problem) => problem.code === code && detail.test(problem.detail)),
		);
		await reading.reach(before + 1);
	}
	assert(reading.samples().every(({ value }) => value === 21.5));
	await port.unplug();
	await until('said', () => reading.problems().some(({ detail }) => /no such port/.test(detail)));
});
