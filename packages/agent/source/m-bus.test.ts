import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Problem } from '@keyward/core';
import { makePseudoTerminal } from '@keyward/testing/agent/pseudo-terminal';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { needs } from '@keyward/testing/debian';
import fc from 'fast-check';
import { longFrame, shortFrame } from './m-bus-frame.ts';
import { readTelegram } from './m-bus-record.ts';
import { mBus, type MBusOptions, parseMBusValue } from './m-bus.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** A response of the meter with these records, and this status. */
const response = (address: number, records: string, status = 0): Buffer => {
	const data = hex(records);
	const body = Buffer.from([
		0x08,
		address,
		0x72,
		0x78,
		0x56,
		0x34,
		0x12,
		0x24,
		0x40,
		1,
		7,
		0x55,
		status,
		0,
		0,
		...data,
	]);
	const sum = body.reduce((all, byte) => (all + byte) % 256, 0);
	return Buffer.from([0x68, body.length, body.length, 0x68, ...body, sum, 0x16]);
};

const records = (text: string, status = 0) =>
	readTelegram(
		Uint8Array.from(hex(`78 56 34 12 24 40 01 07 55 ${status.toString(16).padStart(2, '0')} 00 00 ${text}`)),
	).records.map(({ quantity, unit, value, storage, tariff, kind }) => [quantity, value, unit, storage, tariff, kind]);

test('the response that the M-Bus documentation prints', () => {
	// "The M-Bus: A Documentation", section 6.3.2: water 12565 l, a stored maximum of 113 l/h, energy 218.37 kWh of a tariff.
	const printed = hex(
		'68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 8B 60 04 37 18 02 18 16',
	);
	const data = longFrame(shortFrame(0x7b, 2), 2, printed);
	assert(data !== null);
	assert.deepEqual(
		readTelegram(data).records.map(({ quantity, unit, value, storage, tariff, kind }) => [
			quantity,
			value,
			unit,
			storage,
			tariff,
			kind,
		]),
		[
			['volume', 12.565, 'm3', 0, 0, 'now'],
			['flow', Number((0.113 / 3600).toPrecision(15)), 'm3/s', 5, 0, 'maximum'],
			['energy', 218_370, 'Wh', 0, 2, 'now'],
		],
	);
	for (let size = 0; size < printed.length; size++)
		assert.equal(longFrame(shortFrame(0x7b, 2), 2, printed.subarray(0, size)), null);
	for (let at = 0; at < printed.length; at++) {
		const garbled = Buffer.from(printed);
		garbled[at] = (garbled[at] ?? 0) ^ 0x01;
		// More bytes could be to come; a figure never.
		try {
			assert.equal(longFrame(shortFrame(0x7b, 2), 2, garbled), null, `byte ${at}`);
		} catch (error) {
			assert(error instanceof Problem && error.code === 'source-malformed', String(error));
		}
	}
});

test('figures of every form, and those that say "no value"', () => {
	const cases: [string, unknown[]][] = [
		['01 5B 15', ['flow-temperature', 21, 'Cel', 0, 0, 'now']],
		['02 5A EC FF', ['flow-temperature', -2, 'Cel', 0, 0, 'now']],
		['02 5A 00 80', ['flow-temperature', null, 'Cel', 0, 0, 'now']],
		['03 13 15 31 00', ['volume', 12.565, 'm3', 0, 0, 'now']],
		['04 0F 01 00 00 00', ['energy', 10_000_000, 'J', 0, 0, 'now']],
		['05 2B 00 00 48 41', ['power', 12.5, 'W', 0, 0, 'now']],
		['05 2B 00 00 C0 7F', ['power', null, 'W', 0, 0, 'now']],
		['0A 66 25 F1', ['external-temperature', -12.5, 'Cel', 0, 0, 'now']],
		['0A 66 EE EE', ['external-temperature', null, 'Cel', 0, 0, 'now']],
		['0B 3B 13 01 00', ['flow', Number((0.113 / 3600).toPrecision(15)), 'm3/s', 0, 0, 'now']],
		['02 FD 47 E6 00', ['voltage', 2.3, 'V', 0, 0, 'now']],
		['34 07 01 00 00 00', ['energy', 10_000, 'Wh', 0, 0, 'error']],
		['44 07 01 00 00 00', ['energy', 10_000, 'Wh', 1, 0, 'now']],
		['84 11 07 01 00 00 00', ['energy', 10_000, 'Wh', 2, 1, 'now']],
		// A correction after the unit: what it does is not known, so there is no figure.
		['04 87 7D 01 00 00 00', [null, null, null, 0, 0, 'now']],
		['02 7C 03 41 42 43 01 00', [null, null, null, 0, 0, 'now']],
		['0D 78 02 41 42', [null, null, null, 0, 0, 'now']],
	];
	for (const [text, record] of cases) assert.deepEqual(records(`2F ${text} 0F 01 02`), [record], text);
	for (const status of [0x02, 0x08, 0x10]) assert.throws(() => records('', status), { code: 'source-unavailable' });
	assert.deepEqual(records('', 0x04), [], 'a low battery is no fault of the figures');
	for (const text of ['04 07 01', '04', '08', '0D 78 FF', '04 87 87 87 87 87 87 87 87 87 87 87 87'])
		assert.throws(() => records(text), { code: 'source-malformed' }, text);
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
			try {
				for (const { value } of readTelegram(bytes).records) assert(value === null || Number.isFinite(value));
			} catch (error) {
				assert(error instanceof Problem, String(error));
			}
		}),
	);
});

/** Meters on a level converter: what comes for each short frame; null for nothing. */
const start = async (
	t: TestContext,
	answer: (control: number, address: number) => Buffer | null,
	map: Readonly<Record<string, string>>,
	more: Partial<MBusOptions> = {},
	units: Readonly<Record<string, string>> = {},
) => {
	const port = makePseudoTerminal(t);
	let came = Buffer.alloc(0);
	port.onAsked((bytes) => {
		came = Buffer.concat([came, bytes]);
		for (; came.length >= 5; came = came.subarray(5)) {
			const sent = answer(came[1] ?? 0, came[2] ?? 0);
			if (sent !== null) void port.send(sent).catch(() => {});
		}
	});
	await port.plug();
	const streams = Object.entries(map).map(([stream, text]) => {
		const unit = units[stream];
		return [stream, { value: parseMBusValue(text), ...(unit === undefined ? {} : { unit }) }];
	});
	const reading = take(
		mBus({
			path: port.path,
			baud: 2400,
			framing: '8N1',
			timeout: 60_000,
			every: 20,
			clock: { now: () => Date.now() },
			longestWait: 50,
			streams: Object.fromEntries(streams) as MBusOptions['streams'],
			...more,
		}),
	);
	t.after(() => reading.stop());
	return { reading, port };
};

const E5 = Buffer.of(0xe5);

test('meters are asked once a round, over several telegrams, each quantity in its unit', async (t) => {
	if (!needs(t, 'socat')) return;
	const controls: number[] = [];
	const { reading } = await start(
		t,
		(control, address) => {
			if (address === 5) controls.push(control);
			if (control === 0x40) return E5;
			if (address === 6) return Buffer.concat([shortFrame(control, address), response(6, '03 13 15 31 00')]);
			return control === 0x7b ? response(5, '04 06 01 00 00 00 44 06 09 00 00 00 1F') : response(5, '02 5A D7 00');
		},
		{ energy: '5:energy', before: '5:energy,storage=1', warm: '5:flow-temperature', water: '6:volume' },
		{},
		{ energy: 'kWh', water: 'm3' },
	);
	await reading.reach(8);
	await reading.stop();
	assert.deepEqual(reading.problems(), []);
	assert.deepEqual(
		reading
			.samples()
			.slice(0, 4)
			.map(({ stream, value, unit }) => [stream, value, unit]),
		[
			['energy', 1, 'kWh'],
			['before', 9000, 'Wh'],
			['warm', 21.5, 'Cel'],
			['water', 12.565, 'm3'],
		],
	);
	assert.deepEqual(controls.slice(0, 6), [0x40, 0x7b, 0x5b, 0x40, 0x7b, 0x5b]);
});

test('a garbled, foreign, cut, missing or void answer is no reading, and the next is', async (t) => {
	if (!needs(t, 'socat')) return;
	const good = response(5, '02 5A D7 00');
	const garbled = Buffer.from(good);
	garbled[21] = 0xd6;
	const faults: [number, Buffer | null, string, RegExp][] = [
		[0x7b, garbled, 'source-malformed', /meter 5: .*its checksum is wrong/],
		[0x7b, response(6, '02 5A D7 00'), 'source-malformed', /it is of meter 6, meter 5 was asked/],
		[0x7b, good.subarray(0, 10), 'source-unavailable', /no whole answer within 400 ms \(10 bytes came\)/],
		[0x7b, Buffer.of(0xff, 0x00), 'source-malformed', /no long frame/],
		[0x7b, E5, 'source-malformed', /no long frame/],
		[0x7b, response(5, '02 5A 00 80'), 'source-no-value', /it says that it has no flow-temperature/],
		[0x7b, response(5, '32 5A D7 00'), 'source-no-value', /it says that it has no flow-temperature/],
		[0x7b, response(5, '02 5A D7 00', 0x08), 'source-unavailable', /a fault in itself \(status 0x8\)/],
		[0x7b, response(5, '02 5E D7 00'), 'source-malformed', /it has no flow-temperature; it has return-temperature/],
		[0x7b, response(5, '02 5A D7 00 02 5A D8 00'), 'source-malformed', /it has 2 of flow-temperature/],
		[0x40, null, 'source-unavailable', /no whole answer within 400 ms$/],
		[0x40, Buffer.of(0x00), 'source-malformed', /no acknowledgement/],
	];
	let fault: (typeof faults)[number] | null = null;
	const { reading, port } = await start(
		t,
		(control) => {
			if (fault?.[0] === control) {
				const [, answer] = fault;
				fault = null;
				return answer;
			}
			return control === 0x40 ? E5 : good;
		},
		{ warm: '5:flow-temperature' },
		{ timeout: 400 },
	);
	await reading.reach(1);
	for (const one of faults) {
		const before = reading.samples().length;
		fault = one;
		const [, , code, detail] = one;
		const told = reading.problems().length;
		await until(String(detail), () =>
			reading
				.problems()
				.slice(told)
				.some((problem) => problem.code === code && detail.test(problem.detail)),
		);
		await reading.reach(before + 1);
	}
	assert(reading.samples().every(({ value, unit }) => value === 21.5 && unit === 'Cel'));
	await port.unplug();
	await until('said', () => reading.problems().some(({ detail }) => /no such port/.test(detail)));
});

test('what names no quantity of a meter is refused', () => {
	assert.deepEqual(parseMBusValue('5:energy,tariff=2,storage=1'), {
		address: 5,
		quantity: 'energy',
		storage: 1,
		tariff: 2,
	});
	for (const text of ['energy', '0:energy', '251:energy', '5:energy,unit=2', '5:'])
		assert.throws(() => parseMBusValue(text), { code: 'source-malformed' }, text);
	assert.throws(() => parseMBusValue('5:enrgy'), { detail: /did you mean "energy"\?/ });
});
