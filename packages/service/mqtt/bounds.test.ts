import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { days } from '@keyward/core';
import { keptIn } from '@keyward/testing/service/kept-readings';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire, type Packet, readingPacket } from '@keyward/testing/service/wire';

// What a device may send on the streams that it owns: how often, and of what time.

const seldom = hallPolicy.replaceAll('every: 10s', 'every: 1h');

test('a stream has a pace, and a past', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, policies: [seldom], oldestReading: days(90) });
	const device = await site.commissionDevice('hall', 'probe-1');
	const wire = await openSession(t, site, device);
	const now = Date.now();
	const answer = async (identifier: number, times: readonly number[]): Promise<string> => {
		wire.send(
			readingPacket(
				'probe-1',
				identifier,
				times.map((time) => ({ time })),
			),
		);
		const { reasonCode, properties } = await wire.next('puback');
		return `0x${(reasonCode ?? 0).toString(16)} ${properties?.reasonString?.split(':')[0] ?? ''}`;
	};

	await t.test('a reading of a time before the device was one is refused', async () => {
		assert.equal(await answer(1, [now - days(1)]), '0x99 reading-time-past');
		assert.equal(await answer(2, [now]), '0x0 ');
	});

	await t.test('beyond its burst a stream is told to send again later, and what is known is acknowledged', async () => {
		// A thousand a pack; one reading is there already.
		const pack = (index: number): number[] => Array.from({ length: 1000 }, (_, at) => now + 1 + index * 1000 + at);
		for (let index = 0; index < 9; index++) assert.equal(await answer(3, pack(index)), '0x0 ');
		assert.equal(await answer(4, pack(9)), '0x97 reading-too-often');
		assert.equal(await answer(5, pack(8)), '0x0 ');
		const kept = keptIn(site, 'probe-1').length;
		assert.ok(kept >= 10_000 && kept < 10_001 + 20, `${kept} are kept`);
		// Another stream of the same device has its own.
		wire.send(readingPacket('probe-1', 6, [{ time: now, unit: '/' }], { stream: 'state' }));
		assert.equal((await wire.next('puback')).reasonCode, 0);
	});

	await t.test('a policy with a shorter interval lets it on', async () => {
		await site.apply(hallPolicy.replaceAll('every: 10s', 'every: 1s'));
		const until = now + 30_000;
		let said = '';
		// Each try finds a fuller bucket; nothing of what is refused is lost, for it is sent again.
		for (let identifier = 10; said !== '0x0 ' && identifier < 1000; identifier++) {
			said = await answer(
				identifier,
				Array.from({ length: 20 }, (_, at) => until + at),
			);
			if (said !== '0x0 ') await new Promise((resolve) => setTimeout(resolve, 50));
		}
		assert.equal(said, '0x0 ');
	});
});

test('a will has the past of a reading, when it is given and when it is published', async (t) => {
	// Wills are published at the sweep after the start.
	const site = await startSite(t, { linkWorkers: 2, reconnectGrace: 100 });
	const will = (device: string, time: number | null): NonNullable<Extract<Packet, { cmd: 'connect' }>['will']> => ({
		topic: `hall/${device}/dose-rate`,
		payload: Buffer.from(
			JSON.stringify([{ n: `${device}/dose-rate`, u: 'Sv/h', v: 0, ...(time !== null && { t: time / 1000 }) }]),
		),
		qos: 1,
		retain: false,
	});
	const yesterday = Date.now() - days(1);
	const [early, present] = [
		await site.commissionDevice('hall', 'early'),
		await site.commissionDevice('hall', 'present'),
	];
	// The site takes any time while they are given, and not any more when they are due.
	await openSession(t, site, early, 5, { will: will('early', yesterday) });
	await openSession(t, site, present, 5, { will: will('present', null) });
	await site.restart(undefined, { oldestReading: days(90) });
	const refused = async (): Promise<number> => (await site.ask('site.status', {})).counters['reading-time-past'] ?? 0;
	const decided = async (): Promise<boolean> => (await refused()) > 0 || keptIn(site, 'early').length > 0;
	while (keptIn(site, 'present').length === 0 || !(await decided())) await sleep(20);
	assert.deepEqual([keptIn(site, 'early').length, keptIn(site, 'present').length, await refused()], [0, 1, 1]);

	const wire = await openWire(t, site, early);
	wire.send(connectPacket(5, { will: will('early', yesterday) }));
	const { reasonCode, properties } = await wire.next('connack');
	assert.deepEqual([reasonCode, properties?.reasonString?.split(':')[0]], [0x99, 'reading-time-past']);
	await openSession(t, site, early, 5, { will: will('early', Date.now()) });
});
