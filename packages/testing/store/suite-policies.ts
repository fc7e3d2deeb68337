import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '@keyward/core/policy';
import type { Grant } from '@keyward/core/port';
import { type OpenStore, rejects, withStore } from './suite-place.ts';

/** Grants, policies and facts. */
export const policySuite = (name: string, open: OpenStore): void => {
	test(`${name}: grants begin and end`, () =>
		withStore(open, async (store) => {
			const grant: Grant = {
				id: 'g1',
				application: 'hall',
				reader: 'desk',
				device: '*',
				stream: 'dose-rate',
				purpose: 'watch',
				from: 1,
				expires: 100,
				ended: null,
			};
			await store.putGrant(grant);
			await store.putGrant({ ...grant, id: 'g0', application: 'weather' });
			await rejects(store.putGrant({ ...grant, reader: 'stranger' }), 'store-failed');
			assert.equal(await store.endGrant('g2', 5), false);
			assert.equal(await store.endGrant('g1', 5), true);
			assert.equal(await store.endGrant('g1', 6), false);
			assert.deepEqual(await store.grants('hall'), [{ ...grant, ended: 5 }]);
			assert.deepEqual(
				(await store.grants()).map(({ id }) => id),
				['g1', 'g0'],
			);
		}));

	test(`${name}: policies count their epochs`, () =>
		withStore(open, async (store) => {
			assert.deepEqual(await store.policies(), []);
			await store.putPolicy('weather', 'w1', 1, 0);
			await store.putPolicy('hall', 'h1', 2, 0);
			const second = await store.putPolicy('hall', 'h2', 3, 1);
			assert.deepEqual(second, { application: 'hall', epoch: 2, text: 'h2', at: 3 });
			assert.deepEqual(await store.policies(), [second, { application: 'weather', epoch: 1, text: 'w1', at: 1 }]);
		}));

	test(`${name}: a fact replaces the one before of the same subject, claim and source`, () =>
		withStore(open, async (store) => {
			const fact: Fact = {
				subject: { kind: 'device', application: 'hall', id: 'gamma-1' },
				claim: 'key-custody',
				value: 'hardware',
				strength: 'claimed',
				source: 'registrar',
				at: 1,
				until: 9,
			};
			const site: Fact = {
				...fact,
				subject: { kind: 'service', application: '', id: '' },
				claim: 'ledger',
				value: true,
			};
			const { subject, claim, source } = fact;
			const newer: Fact = { subject, claim, source, value: 3, at: 2, strength: 'attested' };
			await store.putFacts([fact, site, { ...fact, source: 'manufacturer' }]);
			await store.putFacts([newer]);
			assert.deepEqual(await store.facts(), [newer, site, { ...fact, source: 'manufacturer' }]);
			assert.deepEqual(await store.facts(''), [site]);
			assert.deepEqual(await store.facts('hall'), [newer, { ...fact, source: 'manufacturer' }]);
			assert.deepEqual(await store.factsOf(site.subject), [site]);
			assert.deepEqual(await store.factsOf(subject), [newer, { ...fact, source: 'manufacturer' }]);
			assert.deepEqual(await store.factsOf({ ...subject, id: 'nobody' }), []);
		}));
};
