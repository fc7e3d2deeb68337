import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IConnackPacket, Packet } from 'mqtt-packet';
import { days, hours, Problem } from '@keyward/core';
import { decodePack } from '@keyward/core/observe';
import { needs } from '@keyward/testing/debian';
import { Delivery } from './delivery.ts';
import { defaultSettings } from './link/message.ts';
import { claimProbe } from './link/probe-history.ts';
import { defaultLimits, Outbox } from './outbox/outbox.ts';
import { runDevice, type RunOptions } from './run.ts';
import type { Sample, Source } from './sample/source.ts';
import type { RunEvent } from './run-counters.ts';
import { makeCertificates, startBroker } from '@keyward/testing/agent/broker';
import { makeDeviceFolder } from '@keyward/testing/agent/device-folder';
import { startScriptedServer } from '@keyward/testing/agent/scripted-server';
import { until } from '@keyward/testing/agent/until';

const link = { ...defaultSettings, longestWait: 300 };

const morning = Date.UTC(2026, 10, 22);

const sample = (number: number, stream = 'dose'): Sample => ({
	stream,
	time: morning + number,
	value: number,
	unit: 'Sv/h',
});

const sourceOf = (items: (signal: AbortSignal) => AsyncIterable<Sample | Problem>, live = false): Source => ({
	live,
	read: items,
});

const ticking = (count: number, every: number): Source =>
	sourceOf(async function* (signal) {
		for (let number = 1; number <= count && !signal.aborted; number++) {
			await sleep(every);
			yield sample(number, number % 3 === 0 ? 'rate' : 'dose');
		}
	});

/** Null for what is no pack. */
const recordsOf = (payload: Uint8Array) => {
	try {
		return decodePack(payload).flatMap((record) => (record instanceof Problem ? [] : [record]));
	} catch (error) {
		if (error instanceof Problem) return null;
		throw error;
	}
};

/** A server that keeps what is published to it, and answers as the judge says; readings by arrival. */
const startService = async (
	t: TestContext,
	judge: (values: unknown[]) => [code: number, said?: string] = () => [0],
) => {
	const certificates = makeCertificates();
	const packs: { topic: string; contentType: unknown; names: string[]; times: number[]; code: number }[] = [];
	const url = await startScriptedServer(t, certificates, (packet): Packet[] => {
		if (packet.cmd === 'connect')
			return [{ cmd: 'connack', sessionPresent: false, reasonCode: 0 } satisfies IConnackPacket];
		if (packet.cmd !== 'publish') return [];
		const records = recordsOf(packet.payload as Buffer);
		// What a probe cut short.
		if (records === null) return [{ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 0x99 }];
		const [reasonCode, reasonString] = judge(records.map(({ value }) => value));
		packs.push({
			topic: packet.topic,
			contentType: packet.properties?.contentType,
			names: records.map(({ name }) => name),
			times: records.map(({ time }) => time),
			code: reasonCode,
		});
		return [
			{
				cmd: 'puback',
				messageId: packet.messageId ?? 0,
				reasonCode,
				...(reasonString === undefined ? {} : { properties: { reasonString } }),
			},
		];
	});
	return { packs, url, folder: await makeDeviceFolder(url, certificates) };
};

const start = (t: TestContext, folder: string, source: Source, more: Partial<RunOptions> = {}) => {
	const events: RunEvent[] = [];
	const stop = new AbortController();
	const done = runDevice({
		folder,
		source,
		clock: { now: () => Date.now() },
		signal: stop.signal,
		report: (event) => events.push(event),
		link,
		...more,
	});
	t.after(async () => {
		stop.abort();
		await done.catch(() => {});
	});
	return { done, events, stop, kinds: () => events.map(({ event }) => event) };
};

test('a finite source is delivered whole, in packs of one stream, and complaints are counted', async (t) => {
	if (!needs(t, 'openssl')) return;
	const { packs, folder } = await startService(t);
	const source = sourceOf(async function* () {
		for (let number = 1; number <= 1000; number++) {
			yield sample(number, number % 2 === 0 ? 'rate' : 'dose');
			if (number % 100 === 0) yield new Problem('sentence-void', `line ${number}`);
		}
		yield sample(1, 'dose');
		yield { ...sample(1, 'dose'), value: -1 };
		yield { ...sample(2000, 'dose'), value: Number.NaN };
	});
	const { done, kinds } = start(t, folder, source, { untilDrained: true });
	const counters = await done;
	assert.deepEqual(counters, {
		accepted: 1000,
		waiting: 0,
		undated: 0,
		refused: {},
		complaints: { 'sentence-void': 10, 'reading-conflict': 1, 'source-malformed': 1 },
		warnings: {},
		dropped: 0,
		link: 'closed',
	});
	assert.equal(kinds().filter((kind) => kind === 'complaint').length, 3);
	for (const stream of ['dose', 'rate']) {
		const mine = packs.filter(({ topic }) => topic === `hall/probe/${stream}`);
		assert(
			mine.every(
				({ names, contentType }) =>
					contentType === 'application/senml+cbor' && names.every((name) => name === `probe/${stream}`),
			),
		);
		const times = mine.flatMap(({ times }) => times);
		assert.deepEqual(
			times,
			times.toSorted((a, b) => a - b),
		);
		assert.equal(times.length, 500);
	}
	assert(packs.length < 300, `${packs.length} packs`);
	assert(packs.every(({ times }) => times.length <= 50));

	// The same source read again is known: nothing is sent.
	const before = packs.length;
	const again = await start(t, folder, source, { untilDrained: true, format: 'json' }).done;
	assert.equal(again.accepted, 0);
	assert.equal(packs.length, before);
});

test('one bad reading in a pack is refused alone, kept with its reason, and can be tried again', async (t) => {
	if (!needs(t, 'openssl')) return;
	let strict = true;
	const { folder, packs } = await startService(t, (values) =>
		strict && values.includes(13) ? [0x99, 'reading-value: too much'] : [0],
	);
	{
		using outbox = new Outbox(folder);
		for (let number = 1; number <= 40; number++) outbox.put(sample(number));
	}
	const empty = sourceOf(async function* () {});
	const { done, events } = start(t, folder, empty, { untilDrained: true, format: 'json' });
	const counters = await done;
	assert.equal(counters.accepted, 39);
	assert.deepEqual(counters.refused, { 'reading-value': 1 });
	assert.equal(packs[0]?.times.length, 40);
	assert.equal(packs[0]?.contentType, 'application/senml+json');
	const refused = events.find((event) => event.event === 'refused');
	assert.deepEqual(refused, {
		event: 'refused',
		stream: 'dose',
		time: morning + 13,
		code: 'reading-value',
		detail: 'the payload is not what its type says: reading-value: too much (0x99)',
	});
	{
		using outbox = new Outbox(folder);
		assert.deepEqual(
			outbox.refusals().kept.map(({ time, code }) => [time, code]),
			[[morning + 13, 'reading-value']],
		);
	}
	strict = false;
	const second = await start(t, folder, empty, { untilDrained: true, retryRefused: true }).done;
	assert.equal(second.accepted, 1);
});

test('an agent that is cut off delivers all that its source produced, in order', async (t) => {
	if (!needs(t, 'mosquitto') || !needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const broker = await startBroker(t, certificates);
	const folder = await makeDeviceFolder(broker.url, certificates);
	const { done, events } = start(t, folder, ticking(300, 10), { untilDrained: true, statusEvery: 50 });
	const latest = () => events.findLast((event) => event.event === 'status')?.counters;
	await until('some accepted', () => (latest()?.accepted ?? 0) > 20);
	await broker.kill();
	await until('some waiting', () => (latest()?.waiting ?? 0) > 100);
	await broker.start();
	const counters = await done;
	assert.equal(counters.accepted, 300);
	assert.equal(counters.waiting, 0);
	assert(events.some((event) => event.event === 'link' && event.link.state === 'waiting'));
});

test('a link child that is killed is replaced, and what it had not answered is sent again', async (t) => {
	if (!needs(t, 'openssl')) return;
	const { folder, packs } = await startService(t);
	using outbox = new Outbox(folder);
	let accepted = 0;
	const waits: number[] = [];
	const tried = () => packs.filter(({ names }) => names.some((name) => name.startsWith('keyward-probe'))).length;
	const delivery = new Delivery({
		folder,
		application: 'hall',
		device: 'probe',
		outbox,
		format: 'cbor',
		settings: { ...link, probe: { first: 1, every: hours(12) } },
		onState: () => {},
		onProbeDue: async () => {
			const wait = await claimProbe(folder, hours(12), Date.now());
			waits.push(wait);
			return wait;
		},
		onProbed: () => {},
		onAcknowledged: (count) => (accepted += count),
		onRefused: () => assert.fail('refused'),
		onFailure: (error) => assert.fail(String(error)),
	});
	t.after(() => delivery.close());
	const put = (from: number, to: number): void => {
		for (let number = from; number <= to; number++) outbox.put(sample(number));
		delivery.wake();
	};
	put(1, 10);
	await until('accepted', () => accepted === 10);
	await until('the service tried', () => tried() === 1);
	const first = delivery.pid;
	assert(first !== undefined);
	put(11, 500);
	process.kill(first, 'SIGKILL');
	await until('accepted by another child', () => accepted === 500);
	const second = delivery.pid;
	assert.notEqual(second, first);
	await until('the second child asks', () => waits.length === 2);

	// A new certificate means a new child.
	const replaced = delivery.replaceLink();
	put(501, 510);
	await replaced;
	await until('accepted by a third child', () => accepted === 510);
	assert.notEqual(delivery.pid, second);
	// Each new key has a new link: what each tried would look like replay.
	put(511, 511);
	await until('the third child asks', () => waits.length === 3);
	put(512, 512);
	await until('accepted after that', () => accepted === 512);
	assert.deepEqual([tried(), waits.map((wait) => wait > 0)], [1, [false, true, true]]);
	assert.equal(new Set(packs.flatMap(({ times }) => times)).size, 512);
	assert.equal(outbox.waiting, 0);
	await delivery.close();
});

test('one agent a folder; stopping keeps what was not delivered', async (t) => {
	if (!needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const folder = await makeDeviceFolder('mqtts://localhost:1', certificates);
	const first = start(t, folder, ticking(1000, 1), { statusEvery: 20 });
	await until('some waiting', () =>
		first.events.some((event) => event.event === 'status' && event.counters.waiting > 20),
	);
	await assert.rejects(start(t, folder, ticking(1, 1)).done, { code: 'store-in-use' });
	first.stop.abort();
	const counters = await first.done;
	assert.equal(counters.accepted, 0);
	using outbox = new Outbox(folder);
	assert.equal(outbox.waiting, counters.waiting);
	assert(outbox.waiting > 20);
});

test('a full outbox holds a patient source back, and a live one is told to be losing', async (t) => {
	if (!needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const limits = { ...defaultLimits, waiting: 5 };
	let given = 0;
	const many = async function* () {
		for (let number = 1; number <= 20; number++) {
			given = number;
			yield sample(number);
		}
	};
	const folder = await makeDeviceFolder('mqtts://localhost:1', certificates);
	const patient = start(t, folder, sourceOf(many), { limits });
	await until('held back', () => given === 6);
	await sleep(500);
	assert.equal(given, 6);
	patient.stop.abort();
	assert.equal((await patient.done).dropped, 0);

	const other = await makeDeviceFolder('mqtts://localhost:1', certificates);
	const live = start(t, other, sourceOf(many, true), { limits });
	await until('read to its end', () => live.kinds().includes('source-ended'));
	live.stop.abort();
	const counters = await live.done;
	assert.equal(counters.dropped, 15);
	assert.deepEqual(counters.complaints, { 'outbox-full': 15 });
	assert.equal(counters.waiting, 5);
});

test('a renewal that fails is said once, and readings go on', async (t) => {
	if (!needs(t, 'openssl')) return;
	const { folder } = await startService(t);
	const { done, events } = start(t, folder, ticking(30, 10), {
		untilDrained: true,
		clock: { now: () => Date.now() + days(1.5) },
		renewEvery: 20,
	});
	assert.equal((await done).accepted, 30);
	const failures = events.filter((event) => event.event === 'renewal-failed');
	assert.deepEqual(
		failures.map(({ code }) => code),
		['site-unreachable'],
	);
});

test('what the agent cannot go on with ends it', async (t) => {
	if (!needs(t, 'openssl')) return;
	const certificates = makeCertificates();
	const folder = await makeDeviceFolder('mqtts://localhost:1', certificates);
	const broken = sourceOf(async function* () {
		yield sample(1);
		throw new Problem('source-malformed', 'the file is gone');
	});
	await assert.rejects(start(t, folder, broken).done, { code: 'source-malformed' });
	using outbox = new Outbox(folder);
	assert(outbox.waiting >= 1);
});
