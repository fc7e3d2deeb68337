import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { openMemoryStore } from '@keyward/store/memory';
import { openKeyedCalls } from './keyed-calls.ts';

const operation = operations['grant.end'];
const usual = { who: 'person anna', key: 'k', operation, input: { id: 'g1' }, isRepeated: false };

const open = async () => {
	const store = openMemoryStore();
	const time = { now: 1_000_000 };
	const clock = { now: () => time.now };
	return { store, time, again: () => openKeyedCalls(store, clock), calls: await openKeyedCalls(store, clock) };
};
const never = () => assert.fail('done again');

test('a call is done once: repeated it has the same answer, also over a restart, and only for its caller', async () => {
	const { calls, again } = await open();
	const answer = { ended: true, cut: 2 };
	assert.deepEqual(await calls.during(usual, async () => answer), answer);
	assert.deepEqual(await calls.during(usual, never), answer);
	assert.deepEqual(await (await again()).during(usual, never), answer);
	assert.equal(await calls.during({ ...usual, who: 'person ben' }, async () => 'own'), 'own');
	assert.ok(calls.knows('person anna', 'k') && !calls.knows('person carl', 'k') && !calls.knows('person anna', 'l'));
});

test('another body or operation under the same key is refused, and a repetition while it is under way', async () => {
	const { calls } = await open();
	const { promise, resolve } = Promise.withResolvers<string>();
	const first = calls.during(usual, () => promise);
	await assert.rejects(calls.during(usual, never), { code: 'idempotency-key-in-use' });
	resolve('done');
	assert.equal(await first, 'done');
	for (const other of [{ input: { id: 'g2' } }, { operation: operations['session.end'] }])
		await assert.rejects(calls.during({ ...usual, ...other }, never), { code: 'idempotency-key-reused' });
});

test('an answer that is a secret is given again, kept nowhere, and after a restart it is said when it was done', async () => {
	const { calls, again, store } = await open();
	const call = { ...usual, operation: operations['reader.expect'] };
	await calls.during(call, async () => ({ commissioning: 'swordfish' }));
	assert.deepEqual(await calls.during(call, never), { commissioning: 'swordfish' });
	assert.doesNotMatch(JSON.stringify(await store.keyedCalls()), /swordfish|"k"|g1/);
	await assert.rejects((await again()).during(call, never), (error: unknown) => {
		assert.ok(error instanceof Problem && error.code === 'idempotency-done');
		assert.match(error.detail, /^reader\.expect was done at 1970-01-01T00:16:40\.000Z.*keyward audit;.*a new key/);
		return true;
	});
});

test('operations whose answer holds a secret say so', () => {
	const secret = Object.values(operations).filter((one) => 'secretAnswer' in one);
	assert.deepEqual(secret.map(({ name }) => name).toSorted(), [
		...['device.expect', 'device.transfer', 'person.invite', 'reader.expect'],
	]);
	for (const one of Object.values(operations))
		if (!('safe' in one) && /"commissioning":/.test(JSON.stringify(one.output)))
			assert.ok('secretAnswer' in one, one.name);
});

test('what was refused may be repeated; of what failed, or was cut off, nobody knows, and it is not done again', async () => {
	const { calls, again, store } = await open();
	const refusal = new Problem('grant-unknown', 'There is none.');
	await assert.rejects(
		calls.during(usual, () => Promise.reject(refusal)),
		refusal,
	);
	assert.equal(await calls.during(usual, async () => 'now'), 'now');
	const failing = { ...usual, key: 'bug' };
	await assert.rejects(
		calls.during(failing, () => Promise.reject(new TypeError('bug'))),
		TypeError,
	);
	await assert.rejects(calls.during(failing, never), {
		code: 'idempotency-done',
		message: /how it ended is not known/,
	});
	const cut = { ...usual, key: 'cut' };
	void calls.during(cut, () => Promise.withResolvers<never>().promise);
	assert.equal((await store.keyedCalls()).length, 3);
	await assert.rejects((await again()).during(cut, never), { code: 'idempotency-done', message: /is not known/ });
});

test('what was allowed as a repetition is never done as a first call', async () => {
	const { calls } = await open();
	await assert.rejects(calls.during({ ...usual, isRepeated: true }, never), { code: 'idempotency-key-in-use' });
});

test('nothing is done that cannot be kept', async () => {
	const full = { ...openMemoryStore(), putKeyedCall: () => Promise.reject(new Problem('store-failed', 'Full.')) };
	const calls = await openKeyedCalls(full, { now: () => 1 });
	await assert.rejects(calls.during(usual, never), { code: 'store-failed' });
	assert.ok(!calls.knows('person anna', 'k'));
});

test('a key stands for a day, and a caller has a thousand; others keep theirs', async () => {
	const { calls, store, time } = await open();
	await calls.during({ ...usual, who: 'person ben' }, async () => 'kept');
	for (let i = 0; i <= 1000; i++) await calls.during({ ...usual, key: `k${i}` }, async () => i);
	assert.ok(!calls.knows('person anna', 'k0') && calls.knows('person anna', 'k1') && calls.knows('person ben', 'k'));
	assert.equal((await store.keyedCalls()).length, 1001);
	time.now += 24 * 3_600_000;
	assert.ok(!calls.knows('person ben', 'k'));
	await calls.forget();
	assert.deepEqual(await store.keyedCalls(), []);
	assert.equal(await calls.during(usual, async () => 'again'), 'again');
});
