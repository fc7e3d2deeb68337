import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMemberPath, type TopicMap } from '../policy/topic-map.ts';
import { Problem } from '../problem/problem.ts';
import { readMapped } from './mapped.ts';

const arrival = Date.UTC(2026, 10, 27, 9);
const path = (written: string) => {
	const found = parseMemberPath(written);
	assert.notEqual(found, undefined, written);
	return found ?? null;
};
const mapOf = (values: Readonly<Record<string, string>>, time?: string): TopicMap => ({
	...{ topic: 'tele/{device}/SENSOR', time: time === undefined ? null : path(time) },
	values: new Map(Object.entries(values).map(([stream, at]) => [stream, path(at)])),
});
/** Values, or codes, by stream. */
const read = (payload: unknown, map: TopicMap): Record<string, unknown> => {
	const bytes = new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload));
	return Object.fromEntries(
		readMapped(bytes, map, arrival).map(({ stream, record }) => [
			stream,
			record instanceof Problem ? record.code : record.value,
		]),
	);
};

test('a path is $ and steps, or value', () => {
	assert.deepEqual(parseMemberPath("$.ENERGY['Total power'][2]"), ['ENERGY', 'Total power', 2]);
	assert.equal(parseMemberPath('value'), null);
	for (const wrong of ['', '$', 'ENERGY', '$.', '$..x', '$.a[', '$.a[-1]', '$.a[1234567]', `$${'.a'.repeat(17)}`])
		assert.equal(parseMemberPath(wrong), undefined, wrong);
});

test('values are found where the map says, and what the payload has not is passed over', () => {
	const map = mapOf({ power: '$.ENERGY.Power', temperature: "$['DS18B20-1'].Temperature", on: '$.POWER' });
	assert.deepEqual(read({ ENERGY: { Power: 12.5 }, POWER: 'ON' }, map), { power: 12.5, on: true });
	assert.deepEqual(read({ 'DS18B20-1': { Temperature: 21 }, ENERGY: { Power: null } }, map), { temperature: 21 });
	assert.deepEqual(read({ ENERGY: { Power: [1] }, POWER: 'dimmed' }, map), { power: 'reading-value', on: 'dimmed' });
	assert.deepEqual(read('{"ENERGY":{"Power":1e999}}', map), { power: 'reading-value' });
	for (const [payload, said] of [
		[{ Time: 1 }, /nothing of power, temperature, on/],
		['Online', /asks for a JSON document/],
		['{"POWER":"ON","POWER":"OFF"}', /stands twice/],
		// Nobody wrote them.
		[{ ENERGY: [] }, /nothing of/],
	] as const)
		assert.throws(
			() => read(payload, map),
			(error) => error instanceof Problem && error.code === 'payload-unmapped' && said.test(error.message),
		);
	assert.throws(() => read({}, mapOf({ power: '$.constructor.name' })), Problem);
});

test('a payload that is the value: a number, a switch, or a text', () => {
	const map = mapOf({ power: 'value' });
	for (const [payload, value] of [
		['21.50\n', 21.5],
		['-3e2', -300],
		['on', true],
		['OFF', false],
		['open', 'open'],
		['1,5', '1,5'],
	] as const)
		assert.deepEqual(read(payload, map), { power: value }, payload);
	for (const none of ['', 'unavailable', 'NaN']) assert.throws(() => read(none, map), Problem);
});

test('time: from the payload with its offset, in seconds or milliseconds; else the arrival, in doubt', () => {
	const timeOf = (written: unknown): unknown => {
		const bytes = new TextEncoder().encode(JSON.stringify({ v: 1, t: written }));
		const [found] = readMapped(bytes, mapOf({ power: '$.v' }, '$.t'), arrival);
		assert.ok(found);
		return found.record instanceof Problem ? found.record.code : [found.record.time, found.record.doubted];
	};
	assert.deepEqual(timeOf('2026-11-27T10:00:00+01:00'), [arrival, undefined]);
	assert.deepEqual(timeOf('2026-11-27 09:00:00Z'), [arrival, undefined]);
	assert.deepEqual(timeOf(arrival), [arrival, undefined]);
	assert.deepEqual(timeOf(arrival / 1000), [arrival, undefined]);
	for (const wrong of [
		'2026-11-27T10:00:00',
		'today',
		12,
		-1,
		'2026-13-45T00:00:00Z',
		'2026-02-30T10:00:00Z',
		true,
		1e300,
	])
		assert.equal(timeOf(wrong), 'reading-time-impossible', String(wrong));
	assert.equal(timeOf(undefined), 'reading-time-missing');
	const [dated] = readMapped(new TextEncoder().encode('7'), mapOf({ power: 'value' }), arrival);
	assert.deepEqual(dated?.record, { time: arrival, doubted: true, value: 7, extra: false });
});
