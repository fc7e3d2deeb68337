import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makePseudoTerminal, type PseudoTerminal } from '@keyward/testing/agent/pseudo-terminal';
import { needs } from '@keyward/testing/debian';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { crc16, rtuRequest } from './modbus-rtu-frame.ts';
import { modbusRtu, type ModbusRtuOptions } from './modbus-rtu.ts';
import { parseRegister } from './modbus-register.ts';

/** A frame with its checksum, by the table of the standard's appendix made bit by bit the other way round. */
const frame = (...bytes: number[]): Buffer => {
	let crc = 0xff_ff;
	for (const byte of bytes) {
		let entry = (crc ^ byte) & 0xff;
		for (let bit = 0; bit < 8; bit++) entry = (entry >> 1) ^ ((entry & 1) * 0xa0_01);
		crc = (crc >> 8) ^ entry;
	}
	return Buffer.from([...bytes, crc & 0xff, crc >> 8]);
};

test('frames as the standard has them', () => {
	// Known by every manufacturer of instruments: ten holding registers of unit 1.
	assert.equal(crc16(Buffer.from('01030000000a', 'hex')), 0xcd_c5);
	assert.equal(
		rtuRequest(17, parseRegister('holding:0x6b:float32')).toString('hex'),
		frame(17, 3, 0, 0x6b, 0, 2).toString('hex'),
	);
	assert.equal(rtuRequest(2, parseRegister('input:8:int16')).toString('hex'), frame(2, 4, 0, 8, 0, 1).toString('hex'));
});

/** An instrument of unit 17 on a pseudo-terminal: what it sends for each request, in pieces; null for nothing. */
const instrument = async (
	t: TestContext,
	behave: (request: Buffer, count: number) => readonly Buffer[] | null | Promise<readonly Buffer[] | null>,
): Promise<{ readonly port: PseudoTerminal; readonly requests: Buffer[] }> => {
	const port = makePseudoTerminal(t);
	const requests: Buffer[] = [];
	let came = Buffer.alloc(0);
	let busy = Promise.resolve();
	port.onAsked((bytes) => {
		came = Buffer.concat([came, bytes]);
		for (; came.length >= 8; came = came.subarray(8)) {
			const request = came.subarray(0, 8);
			requests.push(request);
			const count = requests.length;
			busy = busy.then(async () => {
				for (const piece of (await behave(request, count)) ?? []) {
					await port.send(piece).catch(() => {});
					await sleep(5);
				}
			});
		}
	});
	await port.plug();
	return { port, requests };
};

const start = (t: TestContext, path: string, more: Partial<ModbusRtuOptions> = {}) => {
	const reading = take(
		modbusRtu({
			path,
			baud: 19_200,
			framing: '8N1',
			unitId: 17,
			timeout: 60_000,
			every: 20,
			clock: { now: () => Date.now() },
			longestWait: 50,
			streams: { flow: { register: parseRegister('input:7:float32'), unit: 'm3/s' } },
			...more,
		}),
	);
	t.after(() => reading.stop());
	return reading;
};

/** 123.456. */
const good = frame(17, 4, 4, 0x42, 0xf6, 0xe9, 0x79);
const flow = Math.fround(123.456);

test('registers over a serial line: in one piece, byte by byte, and with the echo of the adapter', async (t) => {
	if (!needs(t, 'socat')) return;
	const { port, requests } = await instrument(t, (request, count) => {
		if (count % 3 === 1) return [good];
		if (count % 3 === 2) return [...good].map((byte) => Buffer.of(byte));
		return [Buffer.concat([request, good])];
	});
	const reading = start(t, port.path);
	await reading.reach(6);
	await reading.stop();
	assert.deepEqual(reading.problems(), []);
	assert(reading.samples().every(({ stream, value, unit }) => stream === 'flow' && value === flow && unit === 'm3/s'));
	assert.deepEqual(requests[0], frame(17, 4, 0, 7, 0, 2));
});

test('noise, a cut or garbled frame, another unit, another length, an exception: none is a reading, and the next is', async (t) => {
	if (!needs(t, 'socat')) return;
	const garbled = Buffer.from(good);
	garbled[4] = 0xf7;
	const faults: [Buffer, string, RegExp][] = [
		[Buffer.concat([Buffer.of(0), good]), 'source-malformed', /it is of unit 0, unit 17 was asked/],
		[Buffer.concat([good, Buffer.of(0)]), 'source-malformed', /1 bytes follow it/],
		[good.subarray(0, 6), 'source-unavailable', /no whole answer within 400 ms \(6 bytes came\)/],
		[garbled, 'source-malformed', /its checksum is wrong/],
		[frame(18, 4, 4, 0x42, 0xf6, 0xe9, 0x79), 'source-malformed', /of unit 18, unit 17 was asked/],
		[frame(17, 4, 2, 0x42, 0xf6), 'source-malformed', /it has 2 bytes, 4 were asked/],
		[frame(17, 3, 4, 0x42, 0xf6, 0xe9, 0x79), 'source-malformed', /it has function 3, 4 was asked/],
		[frame(17, 0x84, 2), 'source-unavailable', /exception 2: illegal address/],
		[frame(17, 4, 4, 0x7f, 0xc0, 0, 0), 'source-malformed', /NaN, which is no figure/],
		[Buffer.alloc(0), 'source-unavailable', /no whole answer within 400 ms$/],
		[Buffer.alloc(3000, 17), 'source-malformed', /it has function 17/],
	];
	let fault: Buffer | null = null;
	const { port } = await instrument(t, () => {
		const sent = fault ?? good;
		fault = null;
		return [sent];
	});
	// A machine that is busy may be late for a good answer: that costs the answer, and nothing else.
	const reading = start(t, port.path, { timeout: 400 });
	await reading.reach(1);
	for (const [bytes, code, detail] of faults) {
		const before = reading.items.length;
		fault = bytes;
		const found = () => reading.problems().some((problem) => problem.code === code && detail.test(problem.detail));
		await until(String(detail), found);
		await until('goes on', () => reading.items.slice(before).some((item) => 'value' in item));
	}
	assert(reading.samples().every(({ value }) => value === flow));
});

test('a late answer is not taken for that to the next question', async (t) => {
	if (!needs(t, 'socat')) return;
	let slow = true;
	const { port, requests } = await instrument(t, async (request) => {
		const address = request.readUInt16BE(2);
		// The first answer comes after its time is over, when the next question could be under way.
		if (slow && address === 1) {
			slow = false;
			await sleep(1900);
		}
		return [frame(17, 3, 2, 0, address)];
	});
	const reading = start(t, port.path, {
		timeout: 1500,
		streams: {
			one: { register: parseRegister('holding:1:uint16') },
			two: { register: parseRegister('holding:2:uint16') },
		},
	});
	await reading.reach(6);
	await reading.stop();
	assert(requests.length > 6);
	for (const { stream, value } of reading.samples()) assert.equal(value, stream === 'one' ? 1 : 2);
	assert(reading.problems().some(({ detail }) => /holding register 1: no whole answer within 1500 ms/.test(detail)));
});

test('an adapter that is unplugged is said once, and read again when it is back', async (t) => {
	if (!needs(t, 'socat')) return;
	const { port } = await instrument(t, () => [good]);
	const reading = start(t, port.path);
	await reading.reach(2);
	await port.unplug();
	await until('said', () => reading.problems().some(({ detail }) => /no such port/.test(detail)));
	const before = reading.samples().length;
	await port.plug();
	await reading.reach(before + 2);
	assert(reading.problems().every(({ code }) => code === 'source-unavailable'));
});

test('options that mean nothing are refused', () => {
	const options = {
		path: '/dev/null',
		baud: 9600,
		framing: '8E1',
		unitId: 1,
		timeout: 1000,
		every: 1000,
		clock: { now: () => 0 },
		streams: {},
	};
	for (const more of [{ unitId: 0 }, { unitId: 248 }, { baud: 9601 }, { every: 0 }, { timeout: Number.NaN }])
		assert.throws(() => modbusRtu({ ...options, ...more }), { code: 'source-malformed' });
});
