import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commission } from '@keyward/agent/commission';
import type { IPublishPacket, Packet } from 'mqtt-packet';
import { startServiceProcess } from '@keyward/testing/service/service-process';
import { connectPacket, openWire, readingPacket, type Wire } from '@keyward/testing/service/wire';

const readings = 6000;
/** Records of one message, 3 KB each. */
const together = 20;
const text = '☢'.repeat(1000);
const first = 1_700_000_000_000;

test(`subscribers that do not read while ${readings} readings come`, async (t) => {
	const home = await mkdtemp(join(tmpdir(), 'keyward-slow-'));
	const service = await startServiceProcess(join(home, 'data'));
	t.after(async () => {
		await service.kill();
		await rm(home, { recursive: true, force: true });
	});
	const commissionAs = async (kind: 'device' | 'reader', commissioning: string) => {
		const clock = { now: () => Date.now() };
		const identity = await commission({
			commissioning,
			folder: await mkdtemp(join(home, kind)),
			kind,
			clock,
			allowPlainKey: true,
		});
		return { tls: { cert: identity.certificate, key: await identity.privateKey(), ca: identity.serviceCa } };
	};
	const device = await openWire(t, service, await commissionAs('device', service.device));
	device.send(connectPacket(5));
	assert.equal((await device.next('connack')).reasonCode, 0);

	let time = first;
	/** Publishes so many, ten messages in flight; gives the most memory that the service had meanwhile. */
	const publish = async (count: number): Promise<number> => {
		let most = 0;
		let flying = 0;
		for (let sent = 0; sent < count; sent += together) {
			const records = Array.from({ length: together }, () => ({ time: (time += 1000), value: text, unit: '/' }));
			device.send(readingPacket('probe-1', sent / together + 1, records, { stream: 'state' }));
			if (++flying < 10) continue;
			assert.equal((await device.next('puback')).reasonCode, 0);
			flying--;
			if (sent % 1000 === 0) most = Math.max(most, service.memory());
		}
		for (; flying > 0; flying--) assert.equal((await device.next('puback')).reasonCode, 0);
		return Math.max(most, service.memory());
	};

	// What the service takes for the same readings when nobody follows.
	const alone = await publish(readings);
	const begin = time;
	const readers: Wire[] = [];
	for (const commissioning of service.readers) {
		const reader = await openWire(t, service, await commissionAs('reader', commissioning));
		reader.send(connectPacket(5), {
			cmd: 'subscribe',
			messageId: 1,
			subscriptions: [{ topic: 'hall/#', qos: 0, rh: 2 }],
		});
		assert.equal((await reader.next('connack')).reasonCode, 0);
		assert.deepEqual((await reader.next('suback')).granted, [0]);
		reader.socket.pause();
		readers.push(reader);
	}
	const followed = await publish(readings);
	const mega = (bytes: number): number => Math.round(bytes / 2 ** 20);
	t.diagnostic(
		`memory at most ${mega(alone)} MB alone, ${mega(followed)} MB with ${readers.length} who do not read (${mega(readings * 3000)} MB wait for each)`,
	);
	assert(followed - alone < 70 * 2 ** 20, `grew by ${mega(followed - alone)} MB`);

	// One of them reads on, and lacks nothing.
	const [reader] = readers;
	assert(reader !== undefined);
	const times: number[] = [];
	const done = Promise.withResolvers<void>();
	const take = ({ payload }: IPublishPacket): void => {
		const [record] = JSON.parse(String(payload)) as [{ t: number; vs: string }];
		assert.equal(record.vs, text);
		if (times.push(record.t * 1000) === readings) done.resolve();
	};
	reader.onPacket = (packet: Packet) => {
		if (packet.cmd === 'publish') take(packet);
	};
	for (const packet of reader.inbox.splice(0)) reader.onPacket(packet);
	reader.socket.resume();
	await Promise.race([done.promise, reader.ended(30_000)]);
	assert.deepEqual(
		times,
		Array.from({ length: readings }, (_, index) => begin + (index + 1) * 1000),
	);
});
