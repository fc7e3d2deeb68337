import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Problem } from '@keyward/core';
import {
	dataValue,
	float,
	type OpcUaBehaviour,
	type OpcUaTerms,
	startOpcUaServer,
} from '@keyward/testing/agent/opc-ua-server';
import fc from 'fast-check';
import { OpcUaReader } from './opc-ua-binary.ts';
import { opcUa, type OpcUaOptions } from './opc-ua.ts';
import { figureOf, parseNodeId, readDataValue } from './opc-ua-value.ts';

const node = parseNodeId('ns=2;s=Tank.Level');

/** The first of what comes of a server, in words. */
const read = async (
	t: TestContext,
	behave: (count: number) => OpcUaBehaviour,
	most: number,
	options: Partial<OpcUaOptions> & OpcUaTerms = {},
) => {
	const server = await startOpcUaServer(t, behave, options);
	const stop = new AbortController();
	const items: string[] = [];
	const source = opcUa({
		url: server.url,
		streams: { level: { what: node, unit: 'm' } },
		every: 1,
		timeout: 30_000,
		clock: { now: () => 5 },
		longestWait: 1,
		...options,
	});
	for await (const item of source.read(stop.signal)) {
		items.push(item instanceof Problem ? `${item.code} ${item.detail}` : `${item.stream} ${item.value} ${item.unit}`);
		if (items.length >= most) stop.abort();
	}
	return { items, server };
};

const level = { value: dataValue(10, float(21.1)) };

test('values as the server has them, in one part or several, over one connection', async (t) => {
	const { items, server } = await read(t, (count) => ({ ...level, parts: count }), 3);
	assert.deepEqual(items, Array(3).fill('level 21.1 m'));
	assert.equal(server.connections(), 1);
	assert.match(server.asked[0] ?? '', /Tank\.Level/);
});

test('what the server doubts, or has not, is no reading; the next is', async (t) => {
	const answers: OpcUaBehaviour[] = [
		{ value: dataValue(10, float(99), 0x40_90_00_00) },
		{ value: dataValue(10, float(99), 0x00_96_00_00) },
		{ value: dataValue(10, float(99), 0x80_8c_00_00) },
		{ value: Buffer.of(2, 0, 0, 0x31, 0x80) },
		{ value: Buffer.of(0) },
		{ value: dataValue(10, float(Number.NaN)) },
		{ value: dataValue(13, Buffer.alloc(8)) },
		{ fault: 0x80_1f_00_00 },
		level,
	];
	const { items } = await read(t, (count) => answers[count - 1] ?? level, answers.length);
	const at = 'node ns=2;s=Tank.Level:';
	for (const [index, said] of [
		/^source-no-value .*the last value before the instrument went away/,
		/^source-no-value .*set it by hand/,
		/^source-unavailable .*the sensor has failed \(status 0x808c0000\)/,
		/^source-unavailable .*does not reach the instrument/,
		/^source-no-value .*has no value for it/,
		/^source-no-value .*NaN/,
		/^source-malformed .*no single number/,
		/^source-unavailable .*the server refuses \(status 0x801f0000\)/,
	].entries()) {
		assert.match(items[index] ?? '', said);
		assert(items[index]?.includes(at));
	}
	assert.equal(items.at(-1), 'level 21.1 m');
});

test('an answer that is late, lost, odd or to something else costs its connection and becomes no reading', async (t) => {
	const bad: readonly (readonly [OpcUaBehaviour, RegExp])[] = [
		['drop', /^source-unavailable .*the connection was lost/],
		[{ ...level, ahead: -1 }, /^source-malformed .*no answer to the request/],
		[{ raw: Buffer.from('HTTP/1.1 400 Bad Request\r\n') }, /^source-malformed .*no OPC UA, or more/],
		[
			{ raw: Buffer.concat([Buffer.from('ERRF'), Buffer.of(12, 0, 0, 0, 0, 0, 0x83, 0x80)]) },
			/^source-unavailable .*0x80830000/,
		],
		[{ value: Buffer.of(1, 10, 0) }, /^source-malformed/],
		// A message of empty parts that never ends.
		[{ raw: Buffer.from('MSGC\x08\0\0\0'.repeat(140_000), 'latin1') }, /^source-malformed .*more than an answer has/],
	];
	for (const [behaviour, said] of bad) {
		const { items, server } = await read(t, (count) => (count === 1 ? behaviour : level), 2);
		assert.match(items[0] ?? '', said);
		assert.equal(items[1], 'level 21.1 m');
		assert.equal(server.connections(), 2);
	}
	const { items } = await read(t, () => 'stall', 1, { timeout: 1000 });
	assert.match(items[0] ?? '', /^source-unavailable .*(?:no whole answer|no connection) within 1000 ms/);
});

test('a server that lets nobody read without a name says so; a channel or session is made again before it ends', async (t) => {
	const { items } = await read(t, () => level, 1, { anonymous: false });
	assert.match(items[0] ?? '', /^source-unavailable 127\.0\.0\.1:\d+: the server lets nobody read without a name/);
	for (const terms of [{ lifetime: 0 }, { idle: 0 }]) {
		const short = await read(t, () => level, 4, terms);
		assert.deepEqual(short.items, Array(4).fill('level 21.1 m'));
		assert(short.server.connections() > 1);
	}
});

test('nodes as they are written', () => {
	assert.deepEqual(parseNodeId('i=2258'), { namespace: 0, id: 2258 });
	assert.deepEqual(parseNodeId('ns=3;i=7'), { namespace: 3, id: 7 });
	assert.deepEqual(parseNodeId('ns=2;s=a;b=c'), { namespace: 2, id: 'a;b=c' });
	for (const text of ['', 'Tank', 'ns=2', 's=', 'i=x', 'ns=70000;i=1', 'i=4294967296', 'g=1'])
		assert.throws(() => parseNodeId(text), { code: 'source-malformed', detail: /is no node/ }, text);
	assert.throws(() => opcUa({ url: new URL('http://a/') } as OpcUaOptions), {
		detail: /name an address such as opc\.tcp/,
	});
});

test('integers of 64 bits are figures where nothing of them is lost; any bytes are a figure or a Problem', () => {
	const figure = (bytes: Buffer): unknown => {
		try {
			return figureOf(readDataValue(new OpcUaReader(bytes)));
		} catch (error) {
			assert(error instanceof Problem);
			return error.code;
		}
	};
	assert.equal(figure(dataValue(9, Buffer.of(77, 0, 0, 0, 0, 0, 0, 0))), 77);
	assert.equal(figure(dataValue(9, Buffer.of(1, 0, 0, 0, 0, 0, 0, 0x80))), 'source-malformed');
	assert.equal(figure(dataValue(2, Buffer.of(0xff))), -1);
	assert.equal(figure(dataValue(1, Buffer.of(1))), true);
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
			const found = figure(Buffer.from(bytes));
			if (typeof found === 'number') assert(Number.isFinite(found));
		}),
	);
});
