import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type IConnackPacket, type MqttClient, type Packet } from 'mqtt';
import { needs } from '@keyward/testing/debian';
import { type Broker, makeCertificates, startBroker, type TestCertificates } from '@keyward/testing/agent/broker';
import { startScriptedServer } from '@keyward/testing/agent/scripted-server';
import { until } from '@keyward/testing/agent/until';
import { secureContext } from '../tls/secure-context.ts';
import { defaultSettings, type LinkSettings, type LinkState, type Outcome } from './message.ts';
import { Publisher } from './publisher.ts';

const settings: LinkSettings = { ...defaultSettings, longestWait: 400, yieldWait: { first: 100, most: 200 } };

const rig = (
	t: TestContext,
	url: string,
	certificates: TestCertificates,
	changed: Partial<LinkSettings> = {},
	clientId = 'hall/probe',
) => {
	const states: LinkState[] = [];
	const outcomes = new Map<number, Outcome[]>();
	const publisher = new Publisher({
		url,
		clientId,
		context: secureContext({ ...certificates, floor: 'tls1.3' }),
		settings: { ...settings, ...changed },
		onState: (state) => states.push(state),
		onOutcome: (number, outcome) => outcomes.set(number, [...(outcomes.get(number) ?? []), outcome]),
		probeDue: async () => 0,
		onProbed: () => {},
		onKeyFailure: (problem) => assert.fail(problem.detail),
		chance: () => 0.5,
	});
	t.after(() => publisher.close(0));
	return {
		publisher,
		states,
		outcomes,
		seen: (state: LinkState['state']) => states.filter((one) => one.state === state).length,
		whys: () => states.flatMap((state) => ('why' in state ? [state.why] : [])).join('\n'),
		publish: (from: number, to: number, topic = 'hall/probe/dose') => {
			for (let number = from; number <= to; number++) {
				publisher.publish({
					number,
					topic,
					contentType: 'application/senml+json',
					payload: Buffer.from(String(number)),
				});
			}
		},
	};
};

/** A subscriber, with what it got. */
const listen = async (t: TestContext, broker: Broker, { serviceCa, certificate, key }: TestCertificates) => {
	const got: { payload: string; contentType: string | undefined }[] = [];
	const client: MqttClient = mqtt.connect(broker.url, {
		ca: serviceCa,
		cert: certificate,
		key,
		protocolVersion: 5,
		reconnectPeriod: 0,
		clientId: `listener-${Math.random()}`,
	});
	t.after(() => client.end(true));
	client.on('error', () => {});
	client.on('message', (_topic, payload, packet) =>
		got.push({ payload: payload.toString(), contentType: packet.properties?.contentType }),
	);
	await client.subscribeAsync('#', { qos: 1 });
	return got;
};

test('messages go out in order with their content type, and each is acknowledged once', async (t) => {
	if (!needs(t, 'mosquitto') || !needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const broker = await startBroker(t, certificates);
	const got = await listen(t, broker, certificates);
	const { publish, outcomes, publisher, states } = rig(t, broker.url, certificates);
	publish(1, 200);
	await until('all acknowledged', () => outcomes.size === 200);
	await until('all delivered', () => got.length === 200);
	assert.deepEqual(
		got.map(({ payload }) => Number(payload)),
		Array.from({ length: 200 }, (_, index) => index + 1),
	);
	assert(got.every(({ contentType }) => contentType === 'application/senml+json'));
	assert([...outcomes.values()].every((each) => each.length === 1 && each[0]?.kind === 'acknowledged'));
	await publisher.close(1000);
	assert.deepEqual(
		states.map(({ state }) => state),
		['connecting', 'connected', 'closed'],
	);
});

test('a broker that is killed and comes back: all is delivered at least once, acknowledged once, in order', async (t) => {
	if (!needs(t, 'mosquitto') || !needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const broker = await startBroker(t, certificates);
	let got = await listen(t, broker, certificates);
	const { publish, outcomes, seen } = rig(t, broker.url, certificates);
	const delivered: number[] = [];
	for (let round = 0; round < 3; round++) {
		publish(round * 400 + 1, round * 400 + 400);
		await until('some acknowledged', () => outcomes.size > round * 400 + 20);
		await broker.kill();
		await sleep(700);
		delivered.push(...got.map(({ payload }) => Number(payload)));
		await broker.start();
		got = await listen(t, broker, certificates);
		await until('all acknowledged', () => outcomes.size === (round + 1) * 400);
	}
	await sleep(100);
	delivered.push(...got.map(({ payload }) => Number(payload)));
	assert(seen('connected') >= 2 && seen('waiting') >= 1);
	assert([...outcomes.values()].every((each) => each.length === 1));
	// The listener was away itself while the broker was: what it got must not go backwards by more than what was in flight.
	let highest = 0;
	for (const number of delivered) {
		assert(number > highest - settings.inFlight - 1, `${number} after ${highest}`);
		highest = Math.max(highest, number);
	}
	assert.equal(highest, 1200);
});

test('a broker that falls silent is left and sought again', async (t) => {
	if (!needs(t, 'mosquitto') || !needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const broker = await startBroker(t, certificates);
	const { publish, outcomes, seen, whys } = rig(t, broker.url, certificates, { patience: 300 });
	await until('connected', () => seen('connected') === 1);
	broker.freeze();
	publish(1, 30);
	await until('left', () => /no acknowledgement within 0.3 s/.test(whys()));
	broker.thaw();
	await until('all acknowledged', () => outcomes.size === 30);
});

test('refusals are final and named; the rest goes on', async (t) => {
	if (!needs(t, 'mosquitto') || !needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	writeFileSync(`${certificates.folder}/acl`, 'topic write hall/probe/dose\n');
	const broker = await startBroker(t, certificates, `acl_file ${certificates.folder}/acl`);
	const { publish, outcomes } = rig(t, broker.url, certificates);
	publish(1, 2);
	publish(3, 3, 'hall/other/dose');
	publish(4, 4);
	await until('all answered', () => outcomes.size === 4);
	assert.deepEqual(outcomes.get(3), [{ kind: 'refused', code: 'not-granted', detail: 'not authorized (0x87)' }]);
	assert.deepEqual(outcomes.get(4), [{ kind: 'acknowledged' }]);
});

const connack = (reasonCode: number, properties?: IConnackPacket['properties']): IConnackPacket => ({
	cmd: 'connack',
	sessionPresent: false,
	reasonCode,
	...(properties === undefined ? {} : { properties }),
});

const puback = (packet: Packet, reasonCode: number, reasonString?: string): Packet => ({
	cmd: 'puback',
	messageId: packet.messageId ?? 0,
	reasonCode,
	...(reasonString === undefined ? {} : { properties: { reasonString } }),
});

test('a session that another one takes over says why, yields for longer each time, and comes back', async (t) => {
	if (!needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const url = await startScriptedServer(t, certificates, ({ cmd }) =>
		cmd === 'connect'
			? [connack(0), { cmd: 'disconnect', reasonCode: 0x8e, properties: { reasonString: 'taken-over: by 10.0.0.9' } }]
			: [],
	);
	const { seen, states } = rig(t, url, certificates);
	await until('taken over', () => seen('taken-over') === 3);
	const why = 'another session took over: taken-over: by 10.0.0.9 (0x8e)';
	assert.deepEqual(
		states.filter(({ state }) => state === 'taken-over'),
		[75, 150, 150].map((retryIn) => ({ state: 'taken-over', why, retryIn })),
	);
	assert.equal(seen('waiting'), 0);
});

test('a refused connection says why in words, and is tried again', async (t) => {
	if (!needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	let tries = 0;
	const url = await startScriptedServer(t, certificates, (packet) => {
		if (packet.cmd === 'publish') return [puback(packet, 0x10)];
		if (packet.cmd !== 'connect') return [];
		tries += 1;
		return [tries === 1 ? connack(0x87, { reasonString: 'certificate-revoked: lost' }) : connack(0)];
	});
	const { publish, outcomes, states } = rig(t, url, certificates);
	publish(1, 1);
	await until('acknowledged', () => outcomes.size === 1);
	const told = states.map((one) => (one.state === 'connected' ? { state: one.state } : one));
	assert.deepEqual(told, [
		{ state: 'connecting' },
		{ state: 'waiting', why: 'not authorized: certificate-revoked: lost (0x87)', retryIn: 300 },
		{ state: 'connecting' },
		{ state: 'connected' },
	]);
});

test('a server that talks nonsense is left at once', async (t) => {
	if (!needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	let answers = 0;
	const url = await startScriptedServer(t, certificates, (packet) => {
		if (packet.cmd === 'connect') return [connack(0)];
		// 0x89 is no code of a PUBACK.
		return packet.cmd === 'publish' ? [puback(packet, answers++ === 0 ? 0x89 : 0)] : [];
	});
	const { publish, outcomes, seen } = rig(t, url, certificates);
	publish(1, 1);
	await until('acknowledged', () => outcomes.size === 1, 3000);
	assert.equal(seen('connected'), 2);
});

test('what passes by itself or blames the session is tried again; what blames the reading is final', async (t) => {
	if (!needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const passing: [number, string | undefined][] = [
		[0x97, undefined],
		[0x97, 'store-failed: the disk is full'],
		[0x83, 'store-failed: the disk is full'],
		[0x87, 'not-authenticated: the session is over'],
	];
	const published: string[] = [];
	const url = await startScriptedServer(t, certificates, (packet) => {
		if (packet.cmd === 'connect') return [connack(0, { receiveMaximum: 1 })];
		if (packet.cmd !== 'publish') return [];
		published.push(String(packet.payload));
		if (String(packet.payload) === '2')
			return [puback(packet, 0x99, 'reading-unit: the unit must be Sv/h (input-refused)')];
		const refusal = passing.shift();
		return [refusal === undefined ? puback(packet, 0) : puback(packet, ...refusal)];
	});
	const { publish, outcomes, seen } = rig(t, url, certificates, { longestWait: 20 });
	publish(1, 3);
	await until('all answered', () => outcomes.size === 3);
	// One at a time, as the server asked, and in order.
	assert.deepEqual(published, ['1', '1', '1', '1', '1', '2', '3']);
	assert.deepEqual(outcomes.get(2), [
		{
			kind: 'refused',
			code: 'reading-unit',
			detail: 'the payload is not what its type says: reading-unit: the unit must be Sv/h (input-refused) (0x99)',
		},
	]);
	assert.equal(seen('connected'), 1);
});

test('only the pinned CA, only the right name, only TLS', async (t) => {
	if (!needs(t, 'mosquitto') || !needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const stranger = makeCertificates();
	const broker = await startBroker(t, certificates);
	const cases: [url: string, certificates: TestCertificates, expected: RegExp][] = [
		[broker.url, { ...certificates, serviceCa: stranger.serviceCa }, /does not prove that it is the service/],
		// The broker's own certificate names localhost alone.
		[`mqtts://127.0.0.1:${broker.port}`, certificates, /does not prove that it is the service/],
		[`mqtt://localhost:${broker.port}`, certificates, /TLS only/],
		[
			broker.url,
			{ ...stranger, serviceCa: certificates.serviceCa },
			/the service refuses this device's certificate: unknown ca/,
		],
		['mqtts://localhost:1', certificates, /cannot be reached/],
	];
	for (const [url, changed, expected] of cases) {
		const { publish, whys, seen, outcomes } = rig(t, url, changed);
		publish(1, 1);
		await until(String(expected), () => seen('waiting') >= 1);
		assert.match(whys(), expected);
		assert.equal(seen('connected'), 0);
		assert.equal(outcomes.size, 0);
	}
});
