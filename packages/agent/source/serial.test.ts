import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from '@keyward/testing/debian';
import { makePseudoTerminal } from '@keyward/testing/agent/pseudo-terminal';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { sampleLines } from './sample-line.ts';
import { sentenceLines } from './safecast.ts';
import { sttyArguments } from './serial-port.ts';
import { serial, type SerialOptions } from './serial.ts';

const clock = { now: () => Date.now() };

const start = (t: TestContext, path: string, options: Partial<SerialOptions> = {}) => {
	const reading = take(
		serial({
			path,
			baud: 9600,
			framing: '8N1',
			lines: sampleLines({ clock, stream: 'air' }),
			longestWait: 100,
			...options,
		}),
	);
	t.after(() => reading.stop());
	return reading;
};

const values = (reading: ReturnType<typeof take>) => reading.samples().map(({ value }) => value);

test('lines come whole; what was under way when the port was opened or went away is never read', async (t) => {
	if (!needs(t, 'socat')) return;
	const port = makePseudoTerminal(t);
	await port.plug();
	const reading = start(t, port.path);
	// Until the port is open its terminal has another speed; socat's own is 38400.
	await until('opened', () => execFileSync('stty', ['-F', port.path, 'speed']).toString().trim() === '9600');
	await port.send('1.5\n21.5\n');
	await reading.reach(1);
	await port.send('2');
	await port.send('2.5\r\n# a remark\n\nTIME\n');
	await reading.reach(2);
	await port.send(Uint8Array.of(0xff, 0xfe, 0x0a));
	await port.send(`${'9'.repeat(5000)}\n{"v":23.5}\n24`);
	await reading.reach(3);
	await port.unplug();
	await until('said', () => reading.problems().some(({ code }) => code === 'source-unavailable'));
	assert.deepEqual(values(reading), [21.5, 22.5, 23.5]);
	assert.deepEqual(
		reading.problems().map(({ code }) => code),
		['source-malformed', 'source-malformed', 'source-malformed', 'source-malformed', 'source-unavailable'],
	);
	const [word, bytes, long, cut, gone] = reading.problems().map(({ detail }) => detail);
	assert.match(word ?? '', /line 5: "TIME" is not a number/);
	assert.match(bytes ?? '', /line 6 is not UTF-8/);
	assert.match(long ?? '', /line 7 is longer/);
	assert.match(cut ?? '', /line 9 was cut off/);
	assert.match(gone ?? '', /ttyUSB0: the port went away/);
});

test('lines that end with CR are read when it is said, and complained about when not', async (t) => {
	if (!needs(t, 'socat')) return;
	for (const lineEnding of ['cr', 'lf'] as const) {
		const port = makePseudoTerminal(t);
		await port.plug();
		const reading = start(t, port.path, { lineEnding });
		await until('opened', () => execFileSync('stty', ['-F', port.path, 'speed']).toString().trim() === '9600');
		await port.send('1.5\r21.5\r22.5\r');
		if (lineEnding === 'cr') {
			await reading.reach(2);
			await port.send('\n23.5\r\n24.5\r\n');
			await reading.reach(4);
			assert.deepEqual(values(reading), [21.5, 22.5, 23.5, 24.5]);
			assert.deepEqual(reading.problems(), []);
		} else {
			await until('said', () => reading.problems().length > 0);
			const [said] = reading.problems();
			assert.equal(said?.code, 'source-no-line');
			assert.match(said?.detail ?? '', /carriage return alone: run with --line-ending cr/);
			await port.send('2\n25.5\n');
			await reading.reach(1);
			assert.deepEqual(values(reading), [25.5]);
		}
		await reading.stop();
	}
});

test('a port that is not there yet, goes away and comes back is said once and read again', async (t) => {
	if (!needs(t, 'socat')) return;
	const port = makePseudoTerminal(t);
	const reading = start(t, port.path);
	const sendUntil = async (count: number): Promise<void> => {
		for (; reading.samples().length < count; await sleep(20)) {
			await port.send('7\n');
		}
	};
	for (const count of [3, 6]) {
		await until('said', () => /no such port/.test(reading.problems().at(-1)?.detail ?? ''));
		await port.plug();
		await sendUntil(count);
		await port.unplug();
	}
	await until('said again', () => reading.problems().length === 5);
	// Many tries later it is still said once.
	await sleep(300);
	assert(values(reading).every((value) => value === 7));
	assert.deepEqual(
		reading.problems().map(({ code, detail }) => [code, /no such port|went away/.exec(detail)?.[0]]),
		['no such port', 'went away', 'no such port', 'went away', 'no such port'].map((say) => [
			'source-unavailable',
			say,
		]),
	);
	const times = reading.samples().map(({ time }) => time);
	assert.equal(new Set(times).size, times.length);
});

test("a bGeigie's sentences come over the line; a garbled one is no reading", async (t) => {
	if (!needs(t, 'socat')) return;
	const good = '$BMRDD,007,2012-06-08T06:41:00Z,51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1*63';
	const noFix = '$BNRDD,0300,2012-12-16T17:58:24Z,31,9,115,A,,N,,E,,V,0,0*49';
	const began = Date.now();
	const port = makePseudoTerminal(t);
	await port.plug();
	const reading = start(t, port.path, {
		lines: sentenceLines({ streams: { rate: 'count-rate' }, sensitivity: 334, clock }),
	});
	await until('opened', () => execFileSync('stty', ['-F', port.path, 'speed']).toString().trim() === '9600');
	await port.send(`${good.slice(40)}\r\n${good.replace(',51,', ',91,')}\r\n${good}\r\n${noFix}\r\n`);
	await reading.reach(2);
	const [first, second] = reading.samples();
	assert.deepEqual(first, { stream: 'rate', time: Date.UTC(2012, 5, 8, 6, 41), value: 51, unit: '1/min' });
	// The count of a counter without a fix is dated by the station: what its receiver writes is a guess.
	assert.equal(second?.value, 31);
	assert((second?.time ?? 0) >= began);
	assert.deepEqual(
		reading.problems().map(({ code }) => code),
		['sentence-checksum'],
	);
});

test('what is no serial port is said so', async (t) => {
	const port = makePseudoTerminal(t);
	writeFileSync(port.path, '21\n22\n');
	const reading = start(t, port.path);
	const folder = start(t, join(port.path, '..'));
	await until('said', () => reading.problems().length + folder.problems().length === 2);
	assert.match(reading.problems()[0]?.detail ?? '', /no serial port/);
	assert.match(folder.problems()[0]?.detail ?? '', /no serial port|cannot be opened/);
	assert.deepEqual(reading.samples(), []);
});

test('settings that no port has are refused', () => {
	const framing = (text: string) => sttyArguments({ path: '', baud: 9600, framing: text }).slice(2).join(' ');
	assert.equal(framing('8N1'), '9600 cs8 -parenb -cstopb clocal cread -crtscts');
	assert.equal(framing('7E2'), '9600 cs7 parenb -parodd inpck cstopb clocal cread -crtscts');
	assert.equal(framing('7O1'), '9600 cs7 parenb parodd inpck -cstopb clocal cread -crtscts');
	for (const [baud, text] of [
		[9601, '8N1'],
		[Number.NaN, '8N1'],
		[9600, '9N1'],
		[9600, '8X1'],
		[9600, '8N1 -F /dev/sda'],
	] as const) {
		assert.throws(
			() => serial({ path: '', baud, framing: text, lines: () => [] }),
			{ code: 'source-malformed' },
			`${baud} ${text}`,
		);
	}
});
