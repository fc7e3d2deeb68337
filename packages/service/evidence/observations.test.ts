import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes, Problem } from '@keyward/core';
import { openMemoryStore } from '@keyward/store/memory';
import { createObservations } from './observations.ts';
import { observeLink } from './observe-link.ts';

const now = 1_790_000_000_000;
const device = { kind: 'device', application: 'hall', id: 'g-1' } as const;
const strong = { protocol: 'TLSv1.3', groups: 'hybrid' } as const;
const weak = { protocol: 'TLSv1.2', groups: 'any' } as const;

test('a link that is seen again is written when it is another one, or ten minutes later', async (t) => {
	const store = openMemoryStore();
	const observations = createObservations(store, (error) => assert.fail(String(error)));
	t.after(() => observations.stop());
	const seen = async (): Promise<(readonly [unknown, number])[]> => {
		await observations.flush();
		const facts = await store.factsOf(device);
		return facts.filter(({ claim }) => claim === 'link-encryption').map(({ value, at }) => [value, at - now] as const);
	};
	const steps: (readonly [unknown, number])[][] = [];
	for (const [link, after] of [
		[strong, 0],
		[strong, minutes(9)],
		[weak, minutes(9) + 1],
		[strong, minutes(9) + 2],
		[strong, minutes(15)],
		[strong, minutes(20)],
		[strong, minutes(19)],
	] as const) {
		observeLink(observations, device, link, now + after);
		steps.push(await seen());
	}
	assert.deepEqual(
		steps.map(([first]) => first),
		[
			['tls1.3-pq', 0],
			['tls1.3-pq', 0],
			['tls1.2-aead', minutes(9) + 1],
			['tls1.3-pq', minutes(9) + 2],
			['tls1.3-pq', minutes(9) + 2],
			['tls1.3-pq', minutes(20)],
			['tls1.3-pq', minutes(19)],
		],
	);
});

test('what a disk that failed did not take is written when it takes it, and not only when it is seen another way', async (t) => {
	const store = openMemoryStore();
	let fails = true;
	const putFacts: typeof store.putFacts = (facts) =>
		fails ? Promise.reject(new Problem('store-failed', 'The disk is full.')) : store.putFacts(facts);
	const reported: unknown[] = [];
	const observations = createObservations({ ...store, putFacts }, (error) => reported.push(error));
	t.after(() => observations.stop());
	observeLink(observations, device, strong, now);
	await observations.flush();
	assert.deepEqual([reported.length, (await store.factsOf(device)).length], [1, 0]);
	fails = false;
	observeLink(observations, device, strong, now + 1);
	await observations.flush();
	assert.equal((await store.factsOf(device)).find(({ claim }) => claim === 'link-encryption')?.value, 'tls1.3-pq');
});
