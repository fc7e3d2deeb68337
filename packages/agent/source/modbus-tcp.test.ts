import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { ModbusTCPServer } from 'jsmodbus';
import {
	type Behaviour,
	type Instrument,
	type RegisterRequest,
	startInstrument,
} from '@keyward/testing/agent/instrument';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { parseRegister } from './modbus-register.ts';
import { modbusTcp, type ModbusTcpOptions } from './modbus-tcp.ts';

const start = (
	t: TestContext,
	port: number,
	registers: Readonly<Record<string, string>>,
	more: Partial<ModbusTcpOptions> = {},
) => {
	const reading = take(
		modbusTcp({
			host: '127.0.0.1',
			port,
			unitId: 1,
			timeout: 150,
			every: 20,
			clock: { now: () => Date.now() },
			longestWait: 50,
			streams: Object.fromEntries(
				Object.entries(registers).map(([stream, text]) => [stream, { register: parseRegister(text) }]),
			),
			...more,
		}),
	);
	t.after(() => reading.stop());
	return reading;
};

const words = (...values: number[]) => ({
	registers: Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff])),
});

test('holding and input registers, with units and times of their own', async (t) => {
	const began = Date.now();
	const instrument = await startInstrument(t, ({ functionCode }) =>
		functionCode === 3 ? words(214) : { ...words(0x42f6, 0xe979), apart: true },
	);
	const reading = start(
		t,
		instrument.port,
		{},
		{
			unitId: 17,
			every: 100,
			timeout: 60_000,
			streams: {
				level: { register: parseRegister('holding:100:uint16'), unit: 'm' },
				flow: { register: parseRegister('input:7:float32') },
			},
		},
	);
	await reading.reach(4);
	await reading.stop();
	const [level, flow, , later] = reading.samples();
	assert.deepEqual({ ...level, time: 0 }, { stream: 'level', time: 0, value: 214, unit: 'm' });
	assert.deepEqual({ ...flow, time: 0 }, { stream: 'flow', time: 0, value: Math.fround(123.456) });
	assert((level?.time ?? 0) >= began && (level?.time ?? 0) <= Date.now());
	assert((later?.time ?? 0) > (flow?.time ?? 0));
	assert.deepEqual(instrument.requests.slice(0, 2), [
		{ unitId: 17, functionCode: 3, address: 100, count: 1 },
		{ unitId: 17, functionCode: 4, address: 7, count: 2 },
	]);
	assert.deepEqual(reading.problems(), []);
	assert.equal(instrument.connections(), 1);
});

test("it reads another implementation's server", async (t) => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { holding } = new ModbusTCPServer(server, { holding: Buffer.alloc(256), input: Buffer.alloc(256) });
	holding.writeDoubleBE(-273.15, 8);
	const address = server.address();
	const reading = start(t, typeof address === 'object' ? (address?.port ?? 0) : 0, { cold: 'holding:4:float64' });
	t.after(() => server.close());
	await reading.reach(2);
	assert(reading.samples().every(({ value }) => value === -273.15));
});

test('an exception is a Problem in its place, on the same connection, and the others go on', async (t) => {
	const instrument = await startInstrument(t, ({ address }) => (address === 1 ? { exception: 2 } : words(5)));
	const reading = start(t, instrument.port, { bad: 'input:1:int16', good: 'input:2:int16' });
	await reading.reach(3);
	assert(reading.samples().every(({ stream, value }) => stream === 'good' && value === 5));
	const [first] = reading.problems();
	assert.equal(first?.code, 'source-unavailable');
	assert.match(first?.detail ?? '', /input register 1: .*ILLEGAL DATA ADDRESS/);
	assert.equal(instrument.connections(), 1);
});

test('an instrument\'s code for "no value" is a complaint in its place, on the same connection', async (t) => {
	const instrument = await startInstrument(t, ({ address }) => words(address === 1 ? 0x80_00 : 5));
	const reading = start(t, instrument.port, { off: 'input:1:int16,sunspec', good: 'input:2:int16,sunspec' });
	await reading.reach(2);
	assert(reading.samples().every(({ stream, value }) => stream === 'good' && value === 5));
	const [first] = reading.problems();
	assert.equal(first?.code, 'source-no-value');
	assert.match(first?.detail ?? '', /input register 1: the instrument says that it has no value \(0x8000\)/);
	assert.equal(instrument.connections(), 1);
});

test('what is no answer to the request never becomes a sample, and the next answer is believed again', async (t) => {
	const frame = (...bytes: number[]): Behaviour => ({ raw: Uint8Array.from(bytes) });
	const cases: [string, Behaviour, string, RegExp][] = [
		['no answer', 'stall', 'source-unavailable', /no whole answer within 150 ms/],
		['hanging up', 'drop', 'source-unavailable', /connection was lost/],
		['half an answer', frame(0, 0, 0, 5, 1, 3), 'source-unavailable', /no whole answer/],
		['another transaction', { ...words(9), transaction: 9999 }, 'source-malformed', /no answer to the request/],
		['another protocol', frame(0, 7, 0, 5, 1, 3, 2, 0, 9), 'source-malformed', /no answer to the request/],
		['another function', frame(0, 0, 0, 5, 1, 4, 2, 0, 9), 'source-malformed', /no answer to the request/],
		['another unit', { ...words(9), unitId: 2 }, 'source-unavailable', /no whole answer/],
		['too many registers', words(9, 9), 'source-malformed', /4 bytes came for 1 registers/],
		['no register', words(), 'source-malformed', /0 bytes came for 1 registers/],
		['an odd byte', frame(0, 0, 0, 4, 1, 3, 1, 9), 'source-unavailable', /no whole answer/],
		['a flood', { raw: new Uint8Array(100_000) }, 'source-unavailable', /connection was lost/],
	];
	for (const [name, behaviour, code, detail] of cases) {
		let turn = 0;
		const instrument: Instrument = await startInstrument(t, (): Behaviour => (++turn === 2 ? behaviour : words(5)));
		const reading = start(t, instrument.port, { level: 'holding:0:int16' });
		await reading.reach(3);
		await reading.stop();
		assert.deepEqual([...new Set(reading.samples().map(({ value }) => value))], [5], name);
		const problems = reading.problems();
		const expected = problems.filter((problem) => problem.code === code && detail.test(problem.detail));
		// A busy machine may let a sound answer wait too.
		const late = problems.filter((problem) => /no whole answer within/.test(problem.detail));
		assert.ok(expected.length > 0, `${name}: ${problems.join()}`);
		assert.equal(new Set([...expected, ...late]).size, problems.length, `${name}: ${problems.join()}`);
		await instrument.down();
	}
});

test('a late answer is not taken for the next one', async (t) => {
	let turn = 0;
	const late = (_: RegisterRequest): Behaviour => {
		turn += 1;
		return turn === 1 ? 'stall' : words(turn);
	};
	const instrument = await startInstrument(t, late);
	const reading = start(t, instrument.port, { a: 'holding:0:int16', b: 'holding:1:int16' });
	await reading.reach(2);
	assert.equal(instrument.connections(), 2);
	assert.deepEqual(
		reading
			.samples()
			.slice(0, 2)
			.map(({ stream, value }) => [stream, value]),
		[
			['b', 2],
			['a', 3],
		],
	);
});

test('a connection that is lost is said once, tried again ever more slowly, and found again', async (t) => {
	const instrument = await startInstrument(t, () => words(5));
	const reading = start(t, instrument.port, { level: 'holding:0:int16' });
	await reading.reach(2);
	await instrument.down();
	await until('said', () => reading.problems().some(({ detail }) => /ECONNREFUSED/.test(detail)));
	const said = reading.problems().length;
	await new Promise((resolve) => setTimeout(resolve, 300));
	assert.equal(reading.problems().length, said);
	const before = reading.samples().length;
	await instrument.up();
	await reading.reach(before + 2);
	assert.equal(instrument.connections(), 2);
	const times = reading.samples().map(({ time }) => time);
	assert.equal(new Set(times).size, times.length);
});

test('options that mean nothing are refused', () => {
	const good = {
		host: 'localhost',
		port: 502,
		unitId: 1,
		timeout: 100,
		every: 100,
		streams: {},
		clock: { now: () => 0 },
	};
	for (const bad of [
		{ port: 0 },
		{ port: 1.5 },
		{ unitId: 256 },
		{ timeout: 0 },
		{ every: Number.NaN },
		{ streams: { Air: { register: parseRegister('input:0:int16') } } },
	]) {
		assert.throws(() => modbusTcp({ ...good, ...bad }), { code: 'source-malformed' }, JSON.stringify(bad));
	}
});
