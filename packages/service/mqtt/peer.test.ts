import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import type { Packet } from 'mqtt-packet';
import { needs } from '@keyward/testing/debian';
import { openAuthority } from '../authority/authority.ts';
import { startSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire, readingPacket } from '@keyward/testing/service/wire';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { TestCa } from '../http/openssl.fixture.ts';

let moment = Math.floor(Date.now() / 1000) * 1000 - 100_000_000;
const nextTime = (): number => (moment += 1000);

test('a peer of the MQTT listener', async (t) => {
	const site = await startSite(t, { patience: 1000, linkWorkers: 1 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	const good = await site.commissionDevice('hall', 'good');

	/** The listener serves: a device connects, publishes and is acknowledged. */
	const stillServes = async (u: TestContext): Promise<void> => {
		const wire = await openSession(u, site, good);
		wire.send(readingPacket('good', 1, [{ time: nextTime() }]));
		assert.equal((await wire.next('puback')).reasonCode, 0);
		wire.socket.destroy();
	};

	await t.test('CONNACK says what is taken', async (u) => {
		const { connack } = await openSession(u, site, probe, 5, { clientId: '' });
		const { assignedClientIdentifier, userProperties, ...properties } = connack.properties ?? {};
		assert.match(String(assignedClientIdentifier), /^keyward-[-\da-f]{36}$/);
		const { time } = userProperties as { time: string };
		assert.equal(new Date(time).toISOString(), time);
		assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
		assert.deepEqual(properties, {
			receiveMaximum: 1024,
			maximumQoS: 1,
			retainAvailable: true,
			maximumPacketSize: 262_144,
			topicAliasMaximum: 0,
			wildcardSubscriptionAvailable: true,
			subscriptionIdentifiersAvailable: false,
			sharedSubscriptionAvailable: false,
		});
		assert.equal((await openSession(u, site, probe, 4, { clientId: '' })).connack.sessionPresent, false);
	});

	await t.test('a CONNECT that asks for more is refused with its code', async (u) => {
		const will = { topic: 'hall/probe-1/dose-rate', payload: Buffer.from('x'), qos: 2, retain: false } as const;
		const cases: [4 | 5, number, Partial<Extract<Packet, { cmd: 'connect' }>>][] = [
			[5, 0x9b, { will }],
			[4, 5, { will }],
			[5, 0x8c, { properties: { authenticationMethod: 'SCRAM-SHA-256', authenticationData: Buffer.from('x') } }],
		];
		for (const [version, code, more] of cases) {
			const wire = await openWire(u, site, probe, version);
			wire.send(connectPacket(version, more));
			const connack = await wire.next('connack');
			assert.equal(version === 5 ? connack.reasonCode : connack.returnCode, code);
			if (version === 5) assert.match(connack.properties?.reasonString ?? '', /^packet-unsupported: /);
			await wire.ended();
		}
		// MQTT 3.1, and an empty client identifier without a clean session (mqtt-packet refuses to write either).
		for (const [bytes, code] of [
			['101200064d514973647003020000000474657374', 1],
			['100c00044d515454040000000000', 2],
		] as const) {
			const wire = await openWire(u, site, probe, 4);
			wire.socket.write(Buffer.from(bytes, 'hex'));
			assert.equal((await wire.next('connack')).returnCode, code);
			await wire.ended();
		}
	});

	await t.test('a user name and a password change nothing: the certificate alone says who it is', async (u) => {
		const wire = await openSession(u, site, probe, 5, {
			username: 'good',
			password: Buffer.from('x'),
			clientId: 'good',
		});
		wire.send(readingPacket('good', 1, [{ time: nextTime() }]));
		assert.equal((await wire.next('puback')).reasonCode, 0x87);
		wire.send(readingPacket('probe-1', 2, [{ time: nextTime() }]));
		assert.equal((await wire.next('puback')).reasonCode, 0);
	});

	await t.test('anything before CONNECT ends the connection without a word', async (u) => {
		for (const packet of [readingPacket('probe-1', 1, [{ time: nextTime() }]), { cmd: 'pingreq' } as const]) {
			const wire = await openWire(u, site, probe);
			wire.send(packet);
			await wire.ended();
			assert.deepEqual(wire.inbox, []);
		}
	});

	await t.test('a second CONNECT and packets that only servers send end it with 0x82', async (u) => {
		for (const packet of [
			connectPacket(5),
			{ cmd: 'pingresp' },
			{ cmd: 'pubrel', messageId: 1, reasonCode: 0 },
		] as Packet[]) {
			const wire = await openSession(u, site, probe);
			wire.send(packet);
			const { reasonCode, properties } = await wire.next('disconnect');
			assert.equal(reasonCode, 0x82);
			assert.match(properties?.reasonString ?? '', /^packet-malformed: /);
			await wire.ended();
		}
		const twice = await openWire(u, site, probe);
		twice.send(connectPacket(5), connectPacket(5));
		assert.equal((await twice.next('connack')).reasonCode, 0);
		assert.equal((await twice.next('disconnect')).reasonCode, 0x82);
	});

	await t.test('PINGREQ is answered, DISCONNECT is taken, an acknowledgement of nothing is passed over', async (u) => {
		const wire = await openSession(u, site, probe);
		wire.send({ cmd: 'puback', messageId: 77, reasonCode: 0 }, { cmd: 'pingreq' });
		await wire.next('pingresp');
		wire.send({ cmd: 'disconnect', reasonCode: 0 });
		await wire.ended();
		assert.deepEqual(wire.inbox, []);
	});

	await t.test('a packet that is no MQTT ends the connection with 0x81', async (u) => {
		for (const hex of ['30ffffffff7f', '36050001610001', '300400ff6162', '0000', 'f100']) {
			const wire = await openSession(u, site, probe);
			wire.socket.write(Buffer.from(hex, 'hex'));
			const { reasonCode } = await wire.next('disconnect');
			assert(reasonCode === 0x81 || reasonCode === 0x82, hex);
			await wire.ended();
		}
	});

	await t.test('a packet over the limit ends the connection, one at the limit does not', async (u) => {
		const sized = (size: number): Buffer => {
			const head = Buffer.from('320000000017', 'hex');
			const topic = Buffer.from('hall/probe-1/dose-rate');
			const body = Buffer.concat([
				Buffer.from([0, topic.length]),
				topic,
				Buffer.from([0, 1, 0]),
				Buffer.alloc(size, 0x20),
			]);
			const length = body.length;
			head.set([0x32, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, (length >> 14) & 0x7f]);
			return Buffer.concat([head.subarray(0, 4), body]);
		};
		const fits = await openSession(u, site, probe);
		fits.socket.write(sized(262_144 - 4 - 27));
		assert.equal((await fits.next('puback')).reasonCode, 0x99);
		for (const size of [262_144, 1_000_000]) {
			const wire = await openSession(u, site, probe);
			wire.socket.write(sized(size));
			assert.equal((await wire.next('disconnect')).reasonCode, 0x95);
			await wire.ended();
		}
	});

	await t.test('half a packet, or nothing, and then silence', async (u) => {
		const silent = await openWire(u, site, probe);
		const half = await openSession(u, site, good);
		half.socket.write(half.bytesOf(readingPacket('good', 1, [{ time: nextTime() }])).subarray(0, 40));
		const slow = await openWire(u, site, await site.commissionDevice('hall', 'slow'));
		slow.socket.write(slow.bytesOf(connectPacket(5)).subarray(0, 10));
		assert.match((await half.next('disconnect')).properties?.reasonString ?? '', /^peer-too-slow: /);
		await Promise.all([silent.ended(5000), half.ended(5000), slow.ended(5000)]);
		// A TCP connection that never begins its handshake.
		const tcp = connectTcp(site.mqttsPort, '127.0.0.1');
		u.after(() => tcp.destroy());
		tcp.on('error', () => {});
		tcp.resume();
		await once(tcp, 'close', { signal: AbortSignal.timeout(120_000) });
	});

	await t.test('a busy peer whose writes never end with a packet is not taken for a slow one', async (u) => {
		const wire = await openSession(u, site, probe);
		const packets = Buffer.concat(
			Array.from({ length: 60 }, (_, index) =>
				wire.bytesOf(readingPacket('probe-1', index + 1, [{ time: nextTime() }])),
			),
		);
		// Each write ends in the middle of a packet, for longer than a half packet is waited for.
		const cut = Math.floor(packets.length / 59);
		for (let from = 0; from < packets.length; from += cut) {
			wire.socket.write(packets.subarray(from, from + cut));
			await sleep(60);
		}
		for (let index = 1; index <= 60; index++) assert.equal((await wire.next('puback')).messageId, index);
	});

	await t.test('keep-alive: silence for one and a half times as long ends it, a ping holds it', async (u) => {
		const wire = await openSession(u, site, probe, 5, { keepalive: 1 });
		const pinging = await openSession(u, site, good, 5, { keepalive: 1 });
		const pings = setInterval(() => pinging.send({ cmd: 'pingreq' }), 400);
		u.after(() => clearInterval(pings));
		assert.equal((await wire.next('disconnect')).reasonCode, 0x8d);
		await wire.ended();
		await sleep(1500);
		assert.equal(pinging.socket.destroyed, false);
		assert(pinging.inbox.every(({ cmd }) => cmd === 'pingresp'));
	});

	await t.test('random bytes end at most their own connection', async (u) => {
		const seeds = ['320a00016100010070617961', '8206000100000161', '', 'c000', 'e000'].map((hex) =>
			Buffer.from(hex, 'hex'),
		);
		const bytes = fc.oneof(
			fc.uint8Array({ minLength: 1, maxLength: 200 }),
			fc
				.tuple(fc.constantFrom(...seeds), fc.uint8Array({ minLength: 1, maxLength: 60 }))
				.map((parts) => Buffer.concat(parts)),
		);
		await fc.assert(
			fc.asyncProperty(bytes, fc.boolean(), fc.constantFrom(4, 5), async (input, connected, version) => {
				const wire = await openWire(u, site, probe, version);
				if (connected) wire.socket.write(wire.bytesOf(connectPacket(version)));
				wire.socket.write(input);
				await Promise.race([wire.ended(), sleep(8)]);
				wire.socket.destroy();
			}),
			{ numRuns: 150 },
		);
		await stillServes(u);
	});

	await t.test('flipped bits of good packets end at most their own connection', async (u) => {
		const wire = await openWire(u, site, probe);
		wire.socket.destroy();
		const stream = Buffer.concat(
			[
				connectPacket(5, { properties: { receiveMaximum: 3, userProperties: { a: 'b' } } }),
				readingPacket('probe-1', 1, [{ time: nextTime() }], { properties: { contentType: 'application/senml+json' } }),
				{ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: 'hall/#', qos: 1 }] } as Packet,
				{ cmd: 'unsubscribe', messageId: 3, unsubscriptions: ['hall/#'] } as Packet,
				{ cmd: 'puback', messageId: 1, reasonCode: 0, properties: { reasonString: 'x' } } as Packet,
				{ cmd: 'disconnect', reasonCode: 0, properties: { reasonString: 'x' } } as Packet,
			].map(wire.bytesOf),
		);
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
				async (flips) => {
					const input = Buffer.from(stream);
					for (const [at, value] of flips) input[at] = value;
					const peer = await openWire(u, site, probe);
					peer.socket.write(input);
					await Promise.race([peer.ended(), sleep(8)]);
					peer.socket.destroy();
				},
			),
			{ numRuns: 150 },
		);
		await stillServes(u);
	});

	await t.test('plain bytes on the TLS port', async (u) => {
		for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), randomBytes(500)]) {
			const tcp = connectTcp(site.mqttsPort, '127.0.0.1');
			tcp.on('error', () => {});
			tcp.resume();
			tcp.write(bytes);
			await once(tcp, 'close', { signal: AbortSignal.timeout(120_000) });
		}
		await stillServes(u);
	});

	await t.test('without a certificate of this site there is no handshake', async (u) => {
		const attempt = async (identity: { cert?: string; key?: string }): Promise<void> => {
			const socket = connectTls({
				host: '127.0.0.1',
				port: site.mqttsPort,
				servername: 'localhost',
				ca: probe.tls.ca,
				...identity,
			});
			u.after(() => socket.destroy());
			socket.on('error', () => {});
			socket.on('secureConnect', () => socket.write(Buffer.from('101100044d5154540502000000000474657374', 'hex')));
			let answered = 0;
			socket.on('data', ({ length }: Buffer) => (answered += length));
			await new Promise((resolve) => socket.once('close', resolve));
			assert.equal(answered, 0);
		};
		await attempt({});
		// The service's own certificate: a server must not pass for a device.
		const authority = await openAuthority({
			folder: join(site.folder, 'authority'),
			store: inventoryAt(site.folder),
			clock: { now: () => Date.now() },
			entropy: { bytes: (count) => Uint8Array.from(randomBytes(count)) },
			applications: [],
			hostNames: [],
		});
		await attempt(authority.tls);
		// A stolen public certificate without its key is no identity at all.
		await assert.rejects(attempt({ cert: probe.tls.cert, key: good.tls.key }), {
			code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
		});
		if (!needs(u, 'openssl')) return;
		using foreign = new TestCa('foreign');
		const { cert, key } = foreign.issue('probe-1', 'clientAuth');
		await attempt({ cert, key });
	});

	await stillServes(t);
	// Counters come from the worker once a second.
	await sleep(1200);
	const { counters } = await site.ask('site.status', {});
	assert((counters['not-authenticated'] ?? 0) >= 2, 'refused handshakes are counted');
	assert((counters['packet-malformed'] ?? 0) > 0);
	assert((counters['packet-too-large'] ?? 0) >= 2);
});
