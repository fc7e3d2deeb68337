import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IPublishPacket } from 'mqtt-packet';
import { startSite } from '@keyward/testing/service/site';
import { openSession, readingPacket, type Wire } from '@keyward/testing/service/wire';

let moment = Math.floor(Date.now() / 1000) * 1000 - 100_000_000;
const nextTime = (): number => (moment += 1000);

const heard = ({ topic, payload }: IPublishPacket): string => {
	const [record] = JSON.parse(String(payload)) as [{ t: number }];
	return `${topic} ${record.t * 1000}`;
};

test('sessions that outlive their connections', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, sessionExpiryMaximum: 3_600_000 });
	const desk = await site.commissionReader('hall', 'desk');
	const [one, two] = [await site.commissionDevice('hall', 'probe-1'), await site.commissionDevice('hall', 'probe-2')];
	const { id: grant } = await site.grant('hall', 'desk', '*', 'dose-rate');
	await site.grant('hall', 'desk', '*', 'state');

	const reader = (u: TestContext, version: 4 | 5 = 5, more: Parameters<typeof openSession>[4] = {}) =>
		openSession(u, site, desk, version, { clean: false, properties: { sessionExpiryInterval: 1800 }, ...more });
	const subscribe = async (wire: Wire, topic: string, qos: 0 | 1 = 1): Promise<number[]> => {
		wire.send({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic, qos, rh: 2 }] });
		return (await wire.next('suback')).granted as number[];
	};
	/** Publishes so many readings; gives what a follower is to hear of them. */
	const publish = async (u: TestContext, device: 'probe-1' | 'probe-2', count: number): Promise<string[]> => {
		const wire = await openSession(u, site, device === 'probe-1' ? one : two);
		const times = Array.from({ length: count }, nextTime);
		for (const [index, time] of times.entries()) wire.send(readingPacket(device, index + 1, [{ time }]));
		for (let answers = 0; answers < count; answers++) assert.equal((await wire.next('puback')).reasonCode, 0);
		wire.socket.destroy();
		return times.map((time) => `hall/${device}/dose-rate ${time}`);
	};
	const hear = async (wire: Wire, count: number, acknowledge = true): Promise<string[]> => {
		const all: string[] = [];
		while (all.length < count) {
			const delivery = await wire.next('publish');
			// MQTT 3.1.1 cannot do without what is retained; it has its own test.
			if (!delivery.retain) all.push(heard(delivery));
			if (acknowledge && delivery.qos === 1)
				wire.send({ cmd: 'puback', messageId: delivery.messageId ?? 0, reasonCode: 0 });
		}
		await sleep(150);
		assert.deepEqual(
			wire.inbox.map(({ cmd }) => cmd),
			[],
		);
		return all;
	};

	await t.test(
		'who was away gets all that it missed, of new devices too, across a restart of the service',
		async (u) => {
			const first = await reader(u);
			assert.equal(first.connack.sessionPresent, false);
			await subscribe(first, 'hall/+/dose-rate');
			const before = await publish(u, 'probe-1', 3);
			assert.deepEqual(await hear(first, 3), before);
			first.socket.destroy();
			const missed = [...(await publish(u, 'probe-1', 300)), ...(await publish(u, 'probe-2', 5))];
			await site.restart();
			const late = await site.commissionDevice('hall', 'late');
			const wire = await openSession(u, site, late);
			const time = nextTime();
			wire.send(readingPacket('late', 1, [{ time }]));
			await wire.next('puback');
			const again = await reader(u);
			assert.equal(again.connack.sessionPresent, true);
			const all = await hear(again, 306);
			assert.deepEqual(new Set(all), new Set([...missed, `hall/late/dose-rate ${time}`]));
			assert.deepEqual(
				all.filter((told) => told.includes('probe-1')),
				missed.slice(0, 300),
				'each stream in order',
			);
			again.send({ cmd: 'disconnect', reasonCode: 0 });
			await again.ended();
		},
	);

	await t.test('MQTT 3.1.1 keeps it too; QoS 0 begins again; a clean start ends it', async (u) => {
		const old = await reader(u, 4);
		await subscribe(old, 'hall/+/dose-rate', 0);
		// What is retained: of three devices, and then of one with an identifier.
		for (let device = 0; device < 3; device++) assert.equal((await old.next('publish')).retain, true);
		await subscribe(old, 'hall/probe-2/dose-rate');
		const { messageId = 0 } = await old.next('publish');
		old.send({ cmd: 'puback', messageId });
		old.send({ cmd: 'disconnect' });
		await old.ended();
		await publish(u, 'probe-1', 2);
		const missed = await publish(u, 'probe-2', 2);
		const again = await reader(u, 4);
		assert.equal(again.connack.sessionPresent, true);
		assert.deepEqual(await hear(again, 2), missed);
		assert.deepEqual(await publish(u, 'probe-1', 1), await hear(again, 1));
		const clean = await reader(u, 4, { clean: true });
		assert.equal(clean.connack.sessionPresent, false);
		assert.equal((await reader(u, 4)).connack.sessionPresent, false);
	});

	await t.test('its length is announced where it is less than asked, and DISCONNECT can end it', async (u) => {
		const long = await reader(u, 5, { clean: true, properties: { sessionExpiryInterval: 0xffff_ffff } });
		assert.equal(long.connack.properties?.sessionExpiryInterval, 3600);
		long.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 0 } });
		await long.ended();
		await sleep(50);
		const brief = await reader(u, 5, { properties: { sessionExpiryInterval: 1 } });
		assert.equal(brief.connack.sessionPresent, false);
		assert.equal(brief.connack.properties?.sessionExpiryInterval, undefined);
		brief.socket.destroy();
		await sleep(1500);
		assert.equal((await reader(u)).connack.sessionPresent, false);
	});

	await t.test('a right that ended while it was away is gone when it is back, and it is told', async (u) => {
		const first = await reader(u, 5, { clean: true });
		await subscribe(first, 'hall/+/dose-rate');
		await subscribe(first, 'hall/+/state');
		first.socket.destroy();
		await site.ask('grant.end', { id: grant });
		const again = await reader(u);
		assert.equal(again.connack.sessionPresent, true);
		assert.equal(again.connack.properties?.userProperties?.['not-granted'], 'hall/+/dose-rate');
		await publish(u, 'probe-1', 1);
		assert.deepEqual(await hear(again, 0), []);
		// Granted again, the filter that was dropped does not come back by itself.
		await site.grant('hall', 'desk', '*', 'dose-rate');
		await publish(u, 'probe-1', 1);
		assert.deepEqual(await hear(again, 0), []);
	});

	await t.test('anyone who was revoked has no session to come back to', async (u) => {
		const first = await reader(u, 5, { clean: true });
		await subscribe(first, 'hall/+/dose-rate');
		first.socket.destroy();
		await site.ask('principal.revoke', { kind: 'reader', application: 'hall', id: 'desk', reason: 'left' });
		const successor = await site.commissionReader('hall', 'desk');
		const wire = await openSession(u, site, successor, 5, { clean: false, properties: { sessionExpiryInterval: 30 } });
		assert.equal(wire.connack.sessionPresent, false);
	});
});
