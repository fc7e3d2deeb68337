import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, minutes, Problem } from '@keyward/core';
import { parsePolicy } from '@keyward/core/policy';
import type { Store } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { hallPolicy } from '@keyward/testing/service/site';
import { admit, probe } from '@keyward/testing/store/registry';
import { silentLog } from '../log/log.ts';
import { openRollouts, type RolloutsOptions } from './open-rollouts.ts';

const clock = { now: () => 1_790_000_000_000 };
const policy = parsePolicy(hallPolicy.replace('probe:', 'gamma-probe:').replace('mode: enforce', 'mode: audit'));
const terms = {
	...{ rings: [], soak: hours(1), patience: hours(1), mostFailing: 0, spread: minutes(1), bytesPerSecond: null },
};

/** Releases 1.0 and 2.0, both signed; nobody is connected. */
const openOn = (store: Store) =>
	openRollouts({
		...{ store, clock, log: silentLog, report: assert.ifError, pace: 0 },
		policies: { mustHave: () => policy, policyOf: () => policy },
		owner: {
			repository: () => ({
				releases: new Map([
					[
						'hall',
						{
							releases: ['1.0', '2.0'].map((release) => ({
								release: { application: 'hall', class: 'gamma-probe', release },
								image: { path: `hall/gamma-probe/${release}/image`, length: 1 },
							})),
						},
					],
				]),
			}),
		} as unknown as RolloutsOptions['owner'],
		watched: {
			...{ sessions: { of: () => undefined }, streams: { find: () => undefined } },
			continuity: { of: () => ({ presence: null }) },
			software: { said: () => {}, of: () => new Map(), stop: async () => {} },
		},
		shortfalls: async () => () => new Map(),
	});

test('a start that the disk cut short leaves no rollout that nobody knows of, and never two', async () => {
	for (let kept = 0; ; kept++) {
		const store = openMemoryStore();
		await admit(store, probe);
		let left = Number.POSITIVE_INFINITY;
		const putRollout: Store['putRollout'] = (...put) =>
			left-- > 0 ? store.putRollout(...put) : Promise.reject(new Problem('store-failed', 'The disk is full.'));
		const first = await openOn({ ...store, putRollout });
		const before = await first.start({ application: 'hall', version: '1.0', terms });
		await first.pause(before.rollout.id, 'to look');
		left = kept;
		const outcome = await first.start({ application: 'hall', version: '2.0', terms }).catch((error: unknown) => error);
		left = Number.POSITIVE_INFINITY;
		const states = (rollouts: typeof first) =>
			rollouts.list('hall').map(({ rollout: { version, state } }) => `${version} ${state}`);
		const known = states(first);
		await first.end();
		const second = await openOn(store);
		assert.deepEqual(states(second), known, `after ${kept} writes`);
		await second.end();
		if (!(outcome instanceof Problem)) {
			assert.deepEqual(known, ['1.0 stopped', '2.0 running']);
			assert.equal(kept, 2);
			return;
		}
		assert.ok(!known.some((state) => state.endsWith('running')), `after ${kept} writes`);
	}
});
