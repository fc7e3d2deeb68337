import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Generation, Store } from '@keyward/core/port';
import { rejects } from './suite-place.ts';

/** What two instances on one store need. */
export type InstanceStore = Pick<
	Store,
	| 'lease'
	| 'leasesOf'
	| 'leasesAfter'
	| 'takeLeases'
	| 'renewLease'
	| 'endLease'
	| 'takeNumber'
	| 'authorities'
	| 'beginAuthorities'
	| 'putGenerations'
>;

/** Two instances on one empty store. */
export type OpenInstances = () => {
	readonly instances: readonly [InstanceStore, InstanceStore];
	readonly dispose: () => Promise<void>;
};

const generation = (number: number, state: Generation['state'] = 'active'): Generation => ({
	...{ number, state, custody: 'file', since: 10, linked: true },
});

/** What holds whichever of several instances asks. */
export const instanceSuite = (name: string, open: OpenInstances): void => {
	const both = (title: string, work: (a: InstanceStore, b: InstanceStore) => Promise<void>): void =>
		void test(`${name}: ${title}`, async () => {
			const { instances, dispose } = open();
			try {
				await work(...instances);
			} finally {
				await dispose();
			}
		});
	const wanted = (lease: string, seen = 0) => ({ name: lease, seen, until: null });

	both('of two that take a lease by what they read, one gets it', async (a, b) => {
		assert.equal(await a.lease('x'), null);
		const [first, second] = await Promise.all([
			a.takeLeases('a', [wanted('x'), wanted('y')], 1000),
			b.takeLeases('b', [wanted('x'), wanted('z')], 1000),
		]);
		assert.deepEqual(
			first.map((lease) => lease?.epoch),
			[1000, 1001],
		);
		assert.deepEqual([second[0], second[1]?.epoch], [null, 1002]);
		const seen = await b.lease('x');
		assert.deepEqual(seen, { name: 'x', holder: 'a', epoch: 1000, until: null });
		const [taken] = await b.takeLeases('b', [wanted('x', 1000)], 900);
		assert.equal(taken?.epoch, 1003, 'above all before, also with a clock set back');
		assert.deepEqual(
			(await a.leasesAfter(1002)).map(({ name: what, holder }) => `${what} ${holder}`),
			['x b'],
		);
		assert.deepEqual(
			(await b.leasesOf('b')).map(({ name: what }) => what),
			['z', 'x'],
		);
		assert.equal(await a.renewLease('x', 1000, 5000), false, 'an epoch of before holds nothing');
		assert.equal(await b.renewLease('x', 1003, 5000), true);
		assert.equal(await a.endLease('x', 1000, 1), false);
		assert.equal(await b.endLease('x', 1003, 2000), true);
		assert.deepEqual(await a.lease('x'), { name: 'x', holder: 'b', epoch: 1003, until: 2000 });
		const [again] = await a.takeLeases('a', [wanted('x', 1003)], 3000);
		assert.equal(again?.epoch, 3000, 'one that is over keeps its epoch from coming again');
	});

	both('a number is given once, rising, and no less than its floor', async (a, b) => {
		const numbers = await Promise.all(
			Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a : b).takeNumber('crl', 500 + (i % 3))),
		);
		assert.equal(new Set(numbers).size, 20);
		assert.deepEqual(
			numbers,
			numbers.toSorted((x, y) => x - y),
		);
		assert.equal(await b.takeNumber('crl', 10_000), 10_000);
		assert.equal(await a.takeNumber('crl', 3), 10_001, 'a clock set back does not bring one back');
		assert.equal(await a.takeNumber('other', 3), 3);
		assert.equal(await b.takeNumber('other', 0), 4);
		assert.equal(await b.takeNumber('third', 0), 1);
	});

	both('two that roll a CA over at once do not make two generations', async (a, b) => {
		assert.equal(await a.authorities(), null);
		const begun = { site: '0123abcd', generations: new Map([['site-root', [generation(1)]]]) };
		await a.beginAuthorities(begun);
		await rejects(b.beginAuthorities({ ...begun, site: 'ffffffff' }), 'changed-meanwhile');
		assert.deepEqual(await b.authorities(), begun);
		const [mine, other] = [
			[generation(1), generation(2, 'making')],
			[generation(1), { ...generation(2, 'making'), since: 11 }],
		];
		const outcomes = await Promise.allSettled([
			a.putGenerations('site-root', [generation(1)], mine),
			b.putGenerations('site-root', [generation(1)], other),
		]);
		assert.deepEqual(
			outcomes.map(({ status }) => status),
			['fulfilled', 'rejected'],
		);
		assert.deepEqual((await b.authorities())?.generations.get('site-root'), mine);
		const moved = [generation(1, 'outgoing'), generation(2)];
		await b.putGenerations('site-root', mine, moved);
		await rejects(a.putGenerations('site-root', mine, mine), 'changed-meanwhile');
		await a.putGenerations('issuing.hall', [], [{ ...generation(1), custody: 'pkcs11', linked: false }]);
		assert.deepEqual(
			(await a.authorities())?.generations,
			new Map([
				['issuing.hall', [{ ...generation(1), custody: 'pkcs11', linked: false }]],
				['site-root', moved],
			]),
		);
	});
};
