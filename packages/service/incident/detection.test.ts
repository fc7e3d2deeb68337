import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncidentSummary } from '@keyward/contract';
import { days, minutes } from '@keyward/core';
import { contentType, encodeRecord } from '@keyward/core/observe';
import { parsePolicy } from '@keyward/core/policy';
import { openMemoryStore } from '@keyward/store/memory';
import { until } from '@keyward/testing/agent/until';
import { hallPolicy, startSite, type TestSite } from '@keyward/testing/service/site';
import { openSession, readingPacket } from '@keyward/testing/service/wire';
import { silentLog } from '../log/log.ts';
import { noticeDoubts } from '../notice/notice-readings.ts';
import { createNotices } from '../notice/notices.ts';
import type { ContainRequest } from './containments.ts';
import { startDetection } from './detection.ts';
import { openIncidents } from './incidents.ts';

const opened = async (site: TestSite, cause: string): Promise<IncidentSummary> => {
	const find = async () => (await site.ask('incident.list', {})).find((one) => one.cause === cause);
	await until(`an incident for ${cause}`, async () => (await find()) !== undefined);
	const found = await find();
	assert.ok(found !== undefined);
	return found;
};

test('a session that is taken over again and again, and a record that is replayed, open incidents and contain nothing', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	const time = Date.now();
	const first = await openSession(t, site, probe);
	first.send(readingPacket('probe-1', 1, [{ time }]));
	assert.equal((await first.next('puback')).reasonCode ?? 0, 0);
	// What a device tries on its own link now and then opens nothing by itself.
	for (let id = 2; id <= 4; id++) {
		first.send(readingPacket('probe-1', id, [{ time, value: id * 1e-7 }]));
		assert.match((await first.next('puback')).properties?.reasonString ?? '', /^reading-conflict/);
		if (id === 2) assert.deepEqual(await site.ask('incident.list', {}), []);
	}
	const replay = await opened(site, 'replay');
	assert.deepEqual([replay.device, replay.by, replay.containment], ['probe-1', 'detector', null]);
	for (let count = 0; count < 3; count++) await openSession(t, site, probe);
	const places = await opened(site, 'two-places');
	const { detector } = await site.ask('incident.show', { number: places.number });
	assert.ok(detector !== null && !detector.proof && detector.falseAlarms !== '');
	assert.equal((await site.ask('device.show', { application: 'hall', device: 'probe-1' })).state, 'active');
	// Who reads the posture sees of whom it may be untrue.
	const [posture] = await site.ask('posture', { application: 'hall' });
	assert.deepEqual(posture?.suspected, [
		{ kind: 'device', application: 'hall', id: 'probe-1', causes: ['replay', 'two-places'] },
	]);
	// A person contains it: the newest open incident is the one that tells of it.
	const done = await site.ask('device.contain', { application: 'hall', device: 'probe-1', since: 0, reason: 'copied' });
	assert.equal(done.incident, places.number);
});

test('one incident is open for a device and a detector; proof contains where the policy enforces, an alarm never', async () => {
	for (const mode of ['enforce', 'audit'] as const) {
		const store = openMemoryStore();
		const clock = { now: () => 5 };
		const [incidents, notices] = [await openIncidents(store), createNotices(clock)];
		const contained: ContainRequest[] = [];
		const containments = {
			contain: async (request: ContainRequest) => {
				contained.push(request);
				return assert.fail('stands for what is tested in contain.test.ts');
			},
		};
		const policy = parsePolicy(hallPolicy.replace('mode: enforce', `mode: ${mode}`));
		startDetection({
			...{ notices, incidents, containments, policyOf: () => policy, clock, log: silentLog },
			report: () => undefined,
		});
		const device = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
		notices.see('attestation', device, 'boot-not-released: it runs 9.9');
		notices.see('attestation', device, 'boot-not-released: it runs 9.9');
		notices.see('counter-fork', device, 'two signatures on one number', { evidence: [Uint8Array.of(1, 2)] });
		notices.see('attestation', { ...device, kind: 'reader' }, 'no device');
		await until('both are told', () => incidents.all().length + contained.length === 2);
		const told = [...incidents.all(), ...contained.map(({ proof }) => proof)];
		assert.deepEqual(
			told.map((one) => [one?.cause, one?.evidence]),
			[
				['attestation', []],
				['counter-fork', ['AQI=']],
			],
		);
		// Its incident is opened with the containment (contain-crash.test.ts).
		assert.deepEqual(
			contained.map(({ by, since }) => [by, since]),
			mode === 'enforce' ? [['counter-fork', 0]] : [],
		);
		await store.close();
	}
});

test('proof contains also where a thousand incidents are open, and where the policy did not enforce when it was first seen', async (t) => {
	const store = openMemoryStore();
	t.after(() => store.close());
	const clock = { time: 5, now: () => clock.time };
	const [incidents, notices] = [await openIncidents(store), createNotices(clock)];
	const contained: ContainRequest[] = [];
	const containments = {
		contain: async (request: ContainRequest) => {
			contained.push(request);
			return assert.fail('stands for what is tested in contain.test.ts');
		},
	};
	const policyIn = (mode: string) => parsePolicy(hallPolicy.replace('mode: enforce', `mode: ${mode}`));
	let policy = policyIn('audit');
	const { take } = startDetection({
		...{ notices, incidents, containments, clock, log: silentLog },
		policyOf: () => policy,
		report: () => undefined,
	});
	const forked = async (id: string): Promise<void> => {
		const device = { kind: 'device', application: 'hall', id } as const;
		await take({ detector: 'counter-fork', device, seen: 'forked', times: 1, evidence: [] }).catch(() => undefined);
	};
	for (let number = 0; number < 1000; number++) await forked(`probe-${number}`);
	assert.deepEqual([incidents.all().length, contained.length], [1000, 0]);
	await forked('probe-1000');
	assert.equal(incidents.all().length, 1000);
	policy = policyIn('enforce');
	clock.time += minutes(1);
	await forked('probe-1000');
	await forked('probe-7');
	assert.deepEqual(
		contained.map(({ device, proof }) => [device, proof?.cause]),
		[
			['probe-1000', 'counter-fork'],
			['probe-7', undefined],
		],
	);
});

test('values that leap count by when they were measured: an outbox of days that comes at once opens nothing', () => {
	const notices = createNotices({ now: () => Date.UTC(2026, 10, 27) });
	const told: number[] = [];
	notices.onNotice(({ times }) => told.push(times));
	const name = { application: 'hall', device: 'probe-1', stream: 'air' };
	const payload = encodeRecord({ value: 85, unit: 'Cel', doubt: ['rate'] });
	const leap = (...times: readonly number[]): void =>
		noticeDoubts(
			notices,
			name,
			times.map((time) => ({ type: contentType.value, payload, time })),
		);
	leap(...[0, 1, 2, 3, 4, 5].map((day) => days(day)));
	leap(days(5) + minutes(1));
	assert.deepEqual(told, []);
	// What came too often came now, and is counted by itself.
	notices.see('impossible-rate', { kind: 'device', application: 'hall', id: 'probe-1' }, 'reading-too-often');
	leap(days(5) + minutes(2));
	assert.deepEqual(told, [3]);
});
