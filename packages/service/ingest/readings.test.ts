import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem, type Refusal } from '@keyward/core';
import {
	type Admitted,
	contentType,
	decodeRecord,
	encodeRecord,
	sequenceIdentity,
	timeIdentity,
} from '@keyward/core/observe';
import type { Commit, Row, Store } from '@keyward/core/port';
import { openTestKeys } from '../at-rest/at-rest.fixture.ts';
import { encryptedStore } from '../at-rest/encrypted-store.ts';
import { verifyLedger } from '@keyward/store';
import { openMemoryStore } from '@keyward/store/memory';
import { BatchWriter } from './batch.ts';
import { createCommitTimes } from './commit-times.ts';
import { createCounters } from '../log/counters.ts';
import { createLimits } from './limits.ts';
import { type LiveStream, openStreams } from './streams.ts';
import { createReadings, type Fence } from './readings.ts';

const valueAt = (time: number, value: number): Admitted => ({
	identity: timeIdentity(time),
	type: contentType.value,
	payload: encodeRecord({ value, unit: 'Sv/h' }),
});

type Reading = readonly [stream: LiveStream, time: number, value: number, message: number];

/** The memory store, with a door that can be shut or slowed. */
const openSite = async (fence: Fence = () => null) => {
	const memory = openMemoryStore();
	const door = { failing: null as Error | null, wait: 0, commits: [] as Commit[], onFind: (): void => {} };
	const keys = await openTestKeys(memory);
	const stored: Store = {
		...memory,
		find: async (identities) => {
			door.onFind();
			return memory.find(identities);
		},
		append: async (commit) => {
			if (door.wait > 0) await new Promise((resolve) => setTimeout(resolve, door.wait));
			if (door.failing !== null) throw door.failing;
			door.commits.push(structuredClone(commit));
			await memory.append(commit);
		},
	};
	const store = encryptedStore(stored, keys);
	const streams = await openStreams(store, () => {});
	const counters = createCounters();
	const followed: { id: number; rows: Row[] }[] = [];
	const readings = createReadings({
		...{
			store,
			encrypt: keys.encrypt,
			streams,
			fence,
			counters,
			commits: createCommitTimes(Date.now),
			limits: createLimits(null),
		},
		deliver: (stream, rows) => {
			// What a follower hears of is there to be read at that moment.
			assert.equal(stream.last, rows.at(-1)?.cursor);
			followed.push({ id: stream.id, rows: rows.map((row) => ({ ...row, payload: Uint8Array.from(row.payload) })) });
		},
	});
	const open = (device: string, application = 'hall') => streams.open({ application, device, stream: 'dose-rate' });
	const take = async (...sent: readonly Reading[]): Promise<Map<number, Refusal>> => {
		const writer = new BatchWriter();
		for (const [stream, time, value, message] of sent) {
			writer.add(1, stream.id, message, valueAt(time, value));
		}
		const { refused } = await readings.take(writer.take());
		return new Map(refused.map(({ message, refusal }) => [message, refusal]));
	};
	const kept = async (stream: LiveStream): Promise<[number, number, unknown][]> =>
		(await store.read(stream.id, 0, 1000)).map(({ cursor, time, payload }) => [
			cursor,
			time,
			decodeRecord(payload).value,
		]);
	const sound = async (application = 'hall'): Promise<void> => {
		const { breaks, readings } = await verifyLedger(store, application);
		assert.deepEqual(breaks, []);
		const rows = (await store.streams(application)).reduce((sum, { last }) => sum + last, 0);
		assert.equal(readings, rows, 'leaves cover exactly the rows');
	};
	return { store, stored, keys, streams, door, counters, followed, readings, open, take, kept, sound };
};

const storeFailed = new Problem('store-failed', 'the disk refused');

test('readings become rows in order of arrival, under one leaf of their application', async () => {
	const { open, take, kept, sound, door, followed, counters } = await openSite();
	const [a, b, other] = [await open('a'), await open('b'), await open('a', 'other')];
	const refused = await take([a, 10, 1, 0], [b, 10, 2, 1], [other, 10, 3, 2], [a, 11, 4, 3]);
	assert.equal(refused.size, 0);
	assert.deepEqual(await kept(a), [
		[1, 10, 1],
		[2, 11, 4],
	]);
	assert.deepEqual(await kept(b), [[1, 10, 2]]);
	assert.deepEqual(await kept(other), [[1, 10, 3]]);
	assert.equal(door.commits.length, 1);
	assert.deepEqual(
		door.commits[0]?.leaves.map(({ application, index }) => [application, index]),
		[
			['hall', 0],
			['other', 0],
		],
	);
	assert.deepEqual(
		followed.map(({ id, rows }) => [id, rows.length]),
		[
			[a.id, 2],
			[b.id, 1],
			[other.id, 1],
		],
	);
	assert.equal(counters.all()['accepted'], 4);
	await sound();
	await sound('other');
});

test('the same reading again is acknowledged and kept once: in one batch, across batches, across a restart', async () => {
	const { open, take, kept, sound, stored, keys, counters } = await openSite();
	const a = await open('a');
	assert.equal((await take([a, 10, 1, 0], [a, 10, 1, 1], [a, 10, 1, 2])).size, 0);
	assert.equal((await take([a, 10, 1, 0], [a, 11, 2, 1])).size, 0);
	assert.deepEqual(await kept(a), [
		[1, 10, 1],
		[2, 11, 2],
	]);
	assert.equal(counters.all()['known'], 3);
	// A restart: the same store, everything else again.
	const keysAgain = await openTestKeys(stored);
	const store = encryptedStore(stored, keysAgain);
	const streams = await openStreams(store, () => {});
	const again = createReadings({
		...{
			store,
			encrypt: keysAgain.encrypt,
			streams,
			counters: createCounters(),
			commits: createCommitTimes(Date.now),
			limits: createLimits(null),
		},
		fence: () => null,
		deliver: () => {},
	});
	const writer = new BatchWriter();
	writer.add(9, a.id, 0, valueAt(11, 2));
	writer.add(9, a.id, 1, valueAt(12, 3));
	assert.deepEqual((await again.take(writer.take())).refused, []);
	await keys.reread();
	assert.deepEqual(await kept(a), [
		[1, 10, 1],
		[2, 11, 2],
		[3, 12, 3],
	]);
	await sound();
});

test('another value for a stored moment is refused, wherever the first one stands; the good around it is kept', async () => {
	const { open, take, kept, sound } = await openSite();
	const a = await open('a');
	const first = await take([a, 10, 1, 0], [a, 10, 2, 1], [a, 11, 3, 2]);
	assert.deepEqual(
		[...first].map(([message, { code }]) => [message, code]),
		[[1, 'reading-conflict']],
	);
	const second = await take([a, 10, 9, 0], [a, 12, 4, 1]);
	assert.deepEqual([...second.keys()], [0]);
	assert.deepEqual(await kept(a), [
		[1, 10, 1],
		[2, 11, 3],
		[3, 12, 4],
	]);
	await sound();
});

test('late readings find their place by identity and their cursor by arrival', async () => {
	const { open, take, kept, sound } = await openSite();
	const a = await open('a');
	await take([a, 100, 1, 0]);
	assert.equal((await take([a, 50, 2, 0], [a, 70, 3, 1], [a, 50, 2, 2])).size, 0);
	assert.deepEqual([...(await take([a, 50, 9, 0], [a, 70, 3, 1], [a, 100, 1, 2], [a, 60, 4, 3])).keys()], [0]);
	assert.deepEqual(await kept(a), [
		[1, 100, 1],
		[2, 50, 2],
		[3, 70, 3],
		[4, 60, 4],
	]);
	assert.equal(a.newest, 100);
	await sound();
});

test('late readings within one batch are told apart from those that batch itself brings', async () => {
	const { open, take, kept, sound } = await openSite();
	const a = await open('a');
	const refused = await take(
		[a, 100, 1, 0],
		[a, 50, 2, 1],
		[a, 50, 3, 2],
		[a, 100, 1, 3],
		[a, 51, 4, 4],
		[a, 51, 4, 5],
	);
	assert.deepEqual([...refused.keys()], [2]);
	assert.deepEqual(await kept(a), [
		[1, 100, 1],
		[2, 50, 2],
		[3, 51, 4],
	]);
	await sound();
});

test('batches that come while a commit is under way share the next one', async () => {
	const { open, take, kept, sound, door } = await openSite();
	const a = await open('a');
	door.wait = 20;
	const first = take([a, 1, 1, 0]);
	await new Promise((resolve) => setTimeout(resolve, 10));
	const rest = Array.from({ length: 50 }, (_, index) => take([a, index + 2, index, 0]));
	await Promise.all([first, ...rest]);
	assert.equal(door.commits.length, 2);
	assert.deepEqual(
		(await kept(a)).map(([cursor, time]) => [cursor, time]),
		Array.from({ length: 51 }, (_, index) => [index + 1, index + 1]),
	);
	await sound();
});

test('a store that fails loses nothing and keeps nothing by half, and the stream goes on', async () => {
	const { open, take, kept, sound, door, followed, counters } = await openSite();
	const [a, b] = [await open('a'), await open('b')];
	await take([a, 1, 1, 0]);
	for (const failing of [storeFailed, new TypeError('a bug below')]) {
		door.failing = failing;
		// A failing commit with fresh, late, repeated and conflicting readings in it.
		await assert.rejects(take([a, 2, 2, 0], [b, 1, 1, 1], [a, 1, 1, 2], [a, 2, 9, 3], [a, 0, 5, 4]), failing);
		assert.deepEqual(await kept(a), [[1, 1, 1]]);
		assert.deepEqual(await kept(b), []);
		assert.equal(a.last, 1);
		assert.equal(a.newest, 1);
		await sound();
	}
	const heard = followed.length;
	door.failing = null;
	// Sent again as nobody was told that it was kept; a value that only the failed commit had seen is no conflict.
	assert.equal((await take([a, 2, 9, 0], [b, 1, 1, 1])).size, 0);
	assert.deepEqual(await kept(a), [
		[1, 1, 1],
		[2, 2, 9],
	]);
	assert.deepEqual(await kept(b), [[1, 1, 1]]);
	assert.equal(followed.length, heard + 2);
	assert.equal(counters.all()['accepted'], 3);
	await sound();
});

test('a batch that waits behind a failing commit is judged by itself', async () => {
	const { open, take, kept, sound, door } = await openSite();
	const a = await open('a');
	door.wait = 20;
	door.failing = storeFailed;
	const lost = take([a, 1, 1, 0]);
	await new Promise((resolve) => setTimeout(resolve, 10));
	const next = take([a, 1, 2, 0]);
	await assert.rejects(lost, storeFailed);
	door.failing = null;
	assert.equal((await next).size, 0);
	assert.deepEqual(await kept(a), [[1, 1, 2]]);
	await sound();
});

test('a session that is over writes nothing, nor does a stream that nobody opened', async () => {
	const over: Refusal = { code: 'not-authenticated', requirement: 'deny-by-default', reason: 'over' };
	let live = true;
	const { open, take, kept, readings, sound } = await openSite((session) => (live && session === 1 ? null : over));
	const a = await open('a');
	await take([a, 1, 1, 0]);
	live = false;
	assert.deepEqual(
		[...(await take([a, 2, 2, 0], [a, 1, 1, 1]))],
		[
			[0, over],
			[1, over],
		],
	);
	live = true;
	const writer = new BatchWriter();
	writer.add(1, 99, 7, valueAt(2, 1));
	writer.add(1, a.id, 8, valueAt(2, 2));
	const { refused } = await readings.take(writer.take());
	assert.deepEqual(
		refused.map(({ message, refusal }) => [message, refusal.code]),
		[[7, 'not-authenticated']],
	);
	assert.deepEqual(await kept(a), [
		[1, 1, 1],
		[2, 2, 2],
	]);
	await sound();
});

test('a batch without a record is answered, and adds no leaf', async () => {
	const { readings, store, sound } = await openSite();
	assert.deepEqual(await readings.take(new BatchWriter().take()), { refused: [] });
	assert.equal((await store.edge('hall')).size, 0);
	await readings.idle();
	await sound();
});

test('a commit has room for a large batch and splits what would be too large together', async () => {
	const { open, readings, sound, door, store } = await openSite();
	const a = await open('a');
	const record = valueAt(0, 1);
	const batch = (from: number, count: number): Uint8Array => {
		const writer = new BatchWriter();
		for (let index = 0; index < count; index++) writer.add(1, a.id, index, { ...record, identity: from + index });
		return writer.take();
	};
	await Promise.all([
		readings.take(batch(0, 50_000)),
		readings.take(batch(50_000, 30_000)),
		readings.take(batch(80_000, 30_000)),
	]);
	assert.deepEqual(
		door.commits.map(({ rows }) => rows.length),
		[50_000, 30_000, 30_000],
	);
	assert.equal((await store.streams('hall'))[0]?.last, 110_000);
	await sound();
});

test('a record that only its readers open is told apart by epoch and sequence, and dated by its arrival', async () => {
	const { open, kept, readings, store, sound, followed } = await openSite();
	const a = await open('a');
	const sealed = (sequence: number, byte: number, epoch = 1): Admitted => ({
		identity: sequenceIdentity(epoch, sequence),
		type: contentType['cose-encrypt0'],
		payload: Uint8Array.of(0xd0, byte),
	});
	const take = async (...records: readonly Admitted[]): Promise<[number, string][]> => {
		const writer = new BatchWriter();
		for (const [message, record] of records.entries()) writer.add(1, a.id, message, record);
		return (await readings.take(writer.take())).refused.map(({ message, refusal }) => [message, refusal.code]);
	};
	const before = Date.now();
	assert.deepEqual(await take(valueAt(10, 1), sealed(0, 7), sealed(2, 9)), []);
	// Again, late, forged, and in the next epoch.
	assert.deepEqual(await take(sealed(0, 7), sealed(1, 8), sealed(2, 1), sealed(0, 5, 2)), [[2, 'reading-conflict']]);
	const rows = await store.read(a.id, 0, 10);
	assert.deepEqual(
		rows.map(({ identity, type, payload }) => ({ identity, type, payload: Uint8Array.from(payload) })),
		[valueAt(10, 1), sealed(0, 7), sealed(2, 9), sealed(1, 8), sealed(0, 5, 2)],
	);
	assert(rows.slice(1).every(({ time }) => time >= before && time <= Date.now()));
	assert.equal(followed.flatMap((one) => one.rows).length, 5);
	await assert.rejects(kept(a), { code: 'store-failed' });
	await sound();
});

test('what a session sent and nothing decided is refused when it is cut, and taken when it only ended', async () => {
	for (const duplicates of [true, false]) {
		const { open, readings, kept } = await openSite();
		const a = await open('a');
		const batch = (session: number): Uint8Array => {
			const writer = new BatchWriter();
			for (let index = 0; index < 20; index++) writer.add(session, a.id, index, valueAt(session * 100 + index, 1));
			return writer.take();
		};
		const [cut, ended] = [readings.take(batch(1), duplicates), readings.take(batch(2), duplicates)];
		readings.cut(1);
		assert.equal((await cut).refused.length, 20);
		assert.deepEqual((await ended).refused, []);
		assert.deepEqual(
			(await kept(a)).map(([, time]) => time),
			Array.from({ length: 20 }, (_, index) => 200 + index),
		);
	}
});

test('a session that is cut while its records are looked up writes none of them, nor what is left', async () => {
	const { open, readings, kept, door, store } = await openSite();
	const a = await open('a');
	const batch = (session: number, from: number, count: number): Uint8Array => {
		const writer = new BatchWriter();
		for (let index = 0; index < count; index++) writer.add(session, a.id, index, valueAt(from + index, 1));
		return writer.take();
	};
	await readings.take(batch(9, 1000, 1));
	const looked = Promise.withResolvers<void>();
	door.onFind = () => {
		door.onFind = () => {};
		readings.cut(1);
		looked.resolve();
	};
	const answer = readings.take(batch(1, 100, 20), true);
	await looked.promise;
	assert.equal((await answer).refused.length, 20);
	assert.equal((await store.streams())[0]?.last, 1);
	assert.equal((await kept(a)).length, 1);
});
