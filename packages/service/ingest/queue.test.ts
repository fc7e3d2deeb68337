import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { checkpointIdentity, contentType, encodeRecord, timeIdentity } from '@keyward/core/observe';
import { parsePolicy } from '@keyward/core/policy';
import type { StoredRecord } from '@keyward/core/port';
import { openDigestOf, signOpenCheckpoint } from '@keyward/core/seal';
import { openMemoryStore } from '@keyward/store/memory';
import { hallPolicy } from '@keyward/testing/service/site';
import { createQueue, type Pending, type Taken, type Waiting } from './queue.ts';
import { setSigning } from './signing.ts';
import { openStreams } from './streams.ts';

const start = 1_795_000_000_000;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signer = {
	publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
	custody: 'software' as const,
	sign: async (bytes: Uint8Array) => new Uint8Array(sign('sha256', bytes, privateKey)),
};
const record = encodeRecord({ value: 1, unit: 'Sv/h' });

/** A queue over a store in which each look-up takes a millisecond, and a stream whose device signs open readings. */
const open = async () => {
	const name = { application: 'hall', device: 'probe-1', stream: 'dose-rate' };
	const streams = await openStreams(openMemoryStore(), () => {});
	const stream = await streams.open(name);
	setSigning(stream.signing, parsePolicy(`${hallPolicy}tighten: { reading-signature: 1 min }\n`), start);
	stream.newest = timeIdentity(start + 1_000_000);
	let lookUps = 0;
	const find = async (places: readonly { readonly identity: number }[]): Promise<(StoredRecord | null)[]> => {
		for (const until = performance.now() + places.length; performance.now() < until;);
		lookUps += places.length;
		return places.map(({ identity }) => (identity % 2 === 0 ? { payload: record } : null));
	};
	const queue = createQueue({ find });
	const pendingOf = (more: Pick<Pending, 'identity' | 'payload' | 'type'>, session: number): Pending => ({
		...{ session, message: 0, stream, flags: 0 },
		...more,
	});
	let number = start;
	return {
		queue,
		lookUps: () => lookUps,
		checkpoint: async (session: number, times: readonly number[]): Promise<Pending> => {
			const digest = openDigestOf(times.map((time) => ({ time, record })));
			const payload = await signOpenCheckpoint({ number: ++number, times, digest, previous: null }, name, signer);
			return pendingOf({ identity: checkpointIdentity(number), type: contentType['cose-sign1'], payload }, session);
		},
		add: (records: readonly Pending[]): Waiting => {
			const batch: Waiting = { records, taken: 0, refused: [], resolve: () => {}, reject: assert.ifError };
			queue.add(batch, true);
			return batch;
		},
		reading: (session: number, time: number): Pending =>
			pendingOf({ identity: timeIdentity(time), type: contentType.value, payload: record }, session),
	};
};

const timesFrom = (first: number, step: number): number[] =>
	Array.from({ length: 256 }, (_, at) => start + first + at * step);
const takenOf = ({ parts }: Taken, batch: Waiting): number =>
	parts.filter((part) => part.batch === batch).reduce((sum, { records }) => sum + records.length, 0);

test('checkpoints over hundreds of stored readings are looked up a little at a time, and another peer has its turn between', async () => {
	const { queue, lookUps, checkpoint, add, reading } = await open();
	const loud = add([await checkpoint(1, timesFrom(0, 2)), await checkpoint(1, timesFrom(2000, 2))]);
	const quiet = add([reading(2, start + 4)]);
	let commits = 0;
	let before = 0;
	let quietAt: number | null = null;
	const covered: number[] = [];
	while (queue.hasDuplicates) {
		const taken = await queue.take();
		commits++;
		assert.ok(lookUps() - before < 32, `${lookUps() - before} readings were looked up for one commit`);
		before = lookUps();
		if (takenOf(taken, quiet) > 0) quietAt = commits;
		for (const found of taken.covered.values()) covered.push(found.size);
	}
	assert.deepEqual([quiet.taken, loud.taken, covered], [1, 2, [256, 256]]);
	assert.ok(quietAt !== null && quietAt <= 2, `the other peer's turn came in commit ${quietAt}`);
});

test('a reading that is not there decides its checkpoint, and no more of it is looked up', async () => {
	const { queue, lookUps, checkpoint, add } = await open();
	const batch = add([await checkpoint(1, timesFrom(1, 2))]);
	await queue.take();
	assert.equal(batch.taken, 1);
	assert.ok(lookUps() < 32);
});

test('a checkpoint whose session is cut while it is looked up is not taken', async () => {
	const { queue, checkpoint, add } = await open();
	const batch = add([await checkpoint(1, timesFrom(0, 2))]);
	await queue.take();
	assert.equal(batch.taken, 0);
	queue.cut(1, { code: 'not-authenticated', requirement: 'device-authentication', reason: 'it is over' });
	const taken = await queue.take();
	assert.deepEqual([takenOf(taken, batch), taken.covered.size, queue.hasDuplicates], [0, 0, false]);
	assert.ok(
		taken.parts.some((part) => part.batch === batch),
		'who asked for it is answered',
	);
	assert.deepEqual(
		batch.refused.map(({ message }) => message),
		[0],
	);
});
