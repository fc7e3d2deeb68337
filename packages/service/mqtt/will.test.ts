import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Packet } from 'mqtt-packet';
import { keptIn } from '@keyward/testing/service/kept-readings';
import { startSite, type TestIdentity } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire, type Wire } from '@keyward/testing/service/wire';
import { until } from '@keyward/testing/agent/until';

type Connect = Partial<Extract<Packet, { cmd: 'connect' }>>;
type Will = NonNullable<Connect['will']>;

/** A will of the device's dose rate; without `t` it gets its time when it is published. */
const willOf = (device: string, more: { t?: number; u?: string; v?: number } = {}, delay = 0, topic = ''): Will => ({
	topic: topic || `hall/${device}/dose-rate`,
	payload: Buffer.from(JSON.stringify([{ n: `${device}/dose-rate`, u: 'Sv/h', v: 0, ...more }])),
	qos: 1,
	retain: true,
	properties: { willDelayInterval: delay },
});

test('wills', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, reconnectGrace: 700 });
	const desk = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const open = (u: TestContext, who: TestIdentity, more: Connect, version: 4 | 5 = 5): Promise<Wire> =>
		openSession(u, site, who, version, more);
	/** The times, once there are so many; and that no more come. */
	const published = async (device: string, count: number, quiet = 0): Promise<number[]> => {
		await until(`${count} readings of ${device}`, () => keptIn(site, device).length >= count);
		await sleep(quiet);
		const times = keptIn(site, device);
		assert.equal(times.length, count, `${device} has ${times.length} readings`);
		return times;
	};

	await t.test('a lost connection publishes it, dated when it is published; an orderly end does not', async (u) => {
		const probe = await site.commissionDevice('hall', 'lost');
		for (const version of [4, 5] as const) {
			const wire = await open(u, probe, { will: willOf('lost') }, version);
			wire.send({ cmd: 'disconnect', reasonCode: 0 });
			await wire.ended();
		}
		await published('lost', 0, 300);
		const before = Date.now();
		(await open(u, probe, { will: willOf('lost') })).socket.destroy();
		const [time = 0] = await published('lost', 1);
		assert(time >= before && time <= Date.now(), `dated ${time - before} ms after the line was cut`);
		// With its own time it keeps that, and a second one of the same moment is known already.
		const own = Math.floor(Date.now() / 1000) - 100;
		for (let time = 0; time < 2; time++) {
			(await open(u, probe, { will: willOf('lost', { t: own }) }, 4)).socket.destroy();
		}
		assert.deepEqual((await published('lost', 2, 300)).at(-1), own * 1000);
		const wire = await open(u, probe, { will: willOf('lost') });
		wire.send({ cmd: 'disconnect', reasonCode: 0x04 });
		await published('lost', 3);
	});

	await t.test('a follower gets it as any reading', async (u) => {
		const probe = await site.commissionDevice('hall', 'followed');
		const wire = await open(u, probe, { will: willOf('followed', { v: 7 }) });
		const reader = await openSession(u, site, desk);
		reader.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'hall/followed/#', qos: 1, rh: 2 }] });
		await reader.next('suback');
		wire.socket.destroy();
		const { topic, payload } = await reader.next('publish');
		assert.equal(topic, 'hall/followed/dose-rate');
		assert.equal((JSON.parse(String(payload)) as [{ v: number }])[0].v, 7);
	});

	await t.test('one that would be no reading is refused at CONNECT, and the older session stays', async (u) => {
		const probe = await site.commissionDevice('hall', 'judged');
		const older = await open(u, probe, {});
		const cases: [Will, number, string][] = [
			[willOf('judged', {}, 0, 'hall/lost/dose-rate'), 0x87, 'reading-not-own-stream'],
			[willOf('judged', {}, 0, 'hall/judged/_commands'), 0x87, 'reading-not-own-stream'],
			[willOf('judged', { u: 'Cel' }), 0x99, 'reading-unit'],
			[willOf('judged', { v: 11 }), 0x99, 'reading-value'],
			[willOf('judged', { t: Math.floor(Date.now() / 1000) + 3600 }), 0x99, 'reading-time-future'],
			[{ ...willOf('judged'), payload: Buffer.from('offline') }, 0x99, 'senml-malformed'],
			[{ ...willOf('judged'), payload: Buffer.alloc(0) }, 0x99, 'senml-malformed'],
		];
		for (const [will, code, name] of cases) {
			const wire = await openWire(u, site, probe);
			wire.send(connectPacket(5, { will }));
			const { reasonCode, properties } = await wire.next('connack');
			assert.deepEqual([reasonCode, (properties?.reasonString ?? '').split(':')[0]], [code, name]);
			await wire.ended();
			const old = await openWire(u, site, probe, 4);
			old.send(connectPacket(4, { will }));
			assert.equal((await old.next('connack')).returnCode, 5);
			await old.ended();
		}
		const reader = await openWire(u, site, desk);
		reader.send(connectPacket(5, { will: willOf('judged') }));
		assert.equal((await reader.next('connack')).reasonCode, 0x87);
		older.send({ cmd: 'pingreq' });
		await older.next('pingresp');
	});

	await t.test('anyone who was revoked has no last word', async (u) => {
		const probe = await site.commissionDevice('hall', 'revoked');
		const wire = await open(u, probe, { will: willOf('revoked'), properties: { sessionExpiryInterval: 60 } });
		const away = await site.commissionDevice('hall', 'revoked-away');
		const more = { will: willOf('revoked-away', {}, 1), properties: { sessionExpiryInterval: 60 } };
		(await open(u, away, more)).socket.destroy();
		for (const id of ['revoked', 'revoked-away']) {
			await site.ask('principal.revoke', { kind: 'device', application: 'hall', id, reason: 'stolen' });
		}
		await wire.ended();
		await sleep(1300);
		await published('revoked', 0);
		await published('revoked-away', 0);
	});

	await t.test(
		'a service that ends publishes it after its next start, unless the device is back in time',
		async (u) => {
			const gone = await site.commissionDevice('hall', 'gone');
			const back = await site.commissionDevice('hall', 'back');
			const left = await site.commissionDevice('hall', 'left');
			await open(u, gone, { will: willOf('gone') });
			await open(u, back, { will: willOf('back') });
			const leaving = await open(u, left, { will: willOf('left') });
			leaving.send({ cmd: 'disconnect', reasonCode: 0 });
			await leaving.ended();
			await site.restart();
			const again = await open(u, back, { will: willOf('back') });
			await published('gone', 1);
			await published('back', 0, 300);
			await published('left', 0);
			again.socket.destroy();
			await published('back', 1);
		},
	);
});
