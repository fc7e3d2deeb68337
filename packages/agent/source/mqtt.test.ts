import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { startLocalBroker } from '@keyward/testing/agent/local-broker';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { needs } from '@keyward/testing/debian';
import { mqttSource, type MqttOptions } from './mqtt.ts';
import { parseMqttTopic } from './mqtt-topic.ts';
import { parsePick } from './pick.ts';

const start = (t: TestContext, url: URL, map: Readonly<Record<string, string>>, more: Partial<MqttOptions> = {}) => {
	const reading = take(
		mqttSource({
			url,
			streams: Object.fromEntries(Object.entries(map).map(([stream, text]) => [stream, parseMqttTopic(text)])),
			timeout: 30_000,
			clock: { now: () => Date.now() },
			longestWait: 50,
			...more,
		}),
	);
	t.after(() => reading.stop());
	return reading;
};

const isThere = (t: TestContext): boolean => needs(t, 'mosquitto') && needs(t, 'mosquitto_pub');

test('topics and their rules', () => {
	const cases: [string, string, string, unknown][] = [
		['attic/temp', 'attic/temp', '21.5', 21.5],
		['zigbee2mqtt/kitchen:$.temperature', 'zigbee2mqtt/kitchen', '{"temperature":20}', 20],
		['tele/AA:BB:CC/SENSOR:$.DS18B20.Temperature', 'tele/AA:BB:CC/SENSOR', '{"DS18B20":{"Temperature":4}}', 4],
		['a b/c:/T=([0-9]+)/', 'a b/c', 'T=7', 7],
		['door:text:value', 'door', 'open', 'open'],
		['row:2', 'row', '1;2', 2],
	];
	for (const [text, topic, payload, value] of cases) {
		const parsed = parseMqttTopic(text);
		assert.deepEqual([parsed.topic, parsed.pick(payload)], [topic, value], text);
	}
	for (const text of ['', '+/temp', 'a/#', '#:$.a', ':$.a'])
		assert.throws(() => parseMqttTopic(text), { code: 'source-malformed' }, text);
});

test('figures come from topics as they are published; anything else is named, and what the broker kept is not of now', async (t) => {
	if (!isThere(t)) return;
	const broker = await startLocalBroker(t);
	await broker.publish('attic/temp', '99', true);
	const reading = start(t, broker.url, { air: 'attic/temp', humid: 'attic/json:$.rh', pressure: 'attic/json:$.p' });
	await until('the kept one', () => reading.problems().length === 1);
	assert.match(
		reading.problems()[0]?.detail ?? '',
		/attic\/temp: the broker kept this message from before.*--time-from/,
	);
	const began = Date.now();
	await broker.publish('attic/temp', '21.5');
	await broker.publish('attic/other', '7');
	await broker.publish('attic/temp', 'ERR');
	await broker.publish('attic/temp', Uint8Array.of(0xff, 0xfe));
	await broker.publish('attic/json', '{"rh":45.5,"p":null}');
	await broker.publish('attic/json', '{"rh":46,"p":1013.25');
	await broker.publish('attic/temp', '22');
	await reading.reach(3);
	assert.deepEqual(
		reading.samples().map(({ stream, value }) => [stream, value]),
		[
			['air', 21.5],
			['humid', 45.5],
			['air', 22],
		],
	);
	assert(reading.samples().every(({ time }) => time >= began && time <= Date.now()));
	assert.deepEqual(
		reading.problems().map(({ code }) => code),
		[
			'source-unavailable',
			'source-no-value',
			'source-malformed',
			'source-no-value',
			'source-malformed',
			'source-malformed',
		],
	);
});

test('a message that says when it was measured keeps that time, once, however often it is sent', async (t) => {
	if (!isThere(t)) return;
	const broker = await startLocalBroker(t);
	const at = (time: string, value: number): string => JSON.stringify({ time, value });
	await broker.publish('a', at('2026-11-22T10:00:00Z', 20), true);
	const reading = start(t, broker.url, { air: 'a:$.value' }, { time: parsePick('text:$.time') });
	await reading.reach(1);
	await broker.publish('a', at('2026-11-22T10:00:00Z', 20));
	await broker.publish('a', JSON.stringify({ value: 21 }));
	await broker.publish('a', at('2026-11-22T10:01:00Z', 20));
	await reading.reach(2);
	assert.deepEqual(
		reading.samples().map(({ time }) => new Date(time).toISOString()),
		['2026-11-22T10:00:00.000Z', '2026-11-22T10:01:00.000Z'],
	);
	assert.match(
		reading
			.problems()
			.map(({ detail }) => detail)
			.join(),
		/^a: the time: there is no \$\.time$/,
	);
});

test('a broker that goes away is said once and comes back; a wrong password and a foreign server are named', async (t) => {
	if (!isThere(t)) return;
	const broker = await startLocalBroker(t, { user: 'gateway', password: 'secret' });
	const wrong = start(t, broker.url, { air: 'a' }, { login: { user: 'gateway', password: 'guess' } });
	await until('refused', () => wrong.problems().length > 0);
	assert.match(wrong.problems()[0]?.detail ?? '', /the broker refuses: .*Not authorized/i);
	assert(!wrong.problems().some(({ detail }) => detail.includes('guess')));
	const reading = start(t, broker.url, { air: 'a' }, { login: { user: 'gateway', password: 'secret' } });
	const sendUntil = async (count: number): Promise<void> => {
		while (reading.samples().length < count) await broker.publish('a', '7');
	};
	await sendUntil(2);
	await broker.kill();
	await until('said', () => reading.problems().some(({ detail }) => /ECONNREFUSED/.test(detail)));
	await broker.start();
	await sendUntil(reading.samples().length + 2);
	assert.equal(reading.problems().filter(({ detail }) => /ECONNREFUSED/.test(detail)).length, 1);

	const server = createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n')).listen(
		0,
		'127.0.0.1',
	);
	t.after(() => server.close());
	await once(server, 'listening');
	const foreign = start(t, new URL(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`), { air: 'a' });
	await until('said', () => foreign.problems().length > 0);
	assert.equal(foreign.problems()[0]?.code, 'source-unavailable');
});
