import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenStore, withStore } from './suite-place.ts';

/** Rollouts, and what devices say of their updates. */
export const rolloutSuite = (name: string, open: OpenStore): void => {
	test(`${name}: a rollout and its devices change in one commit, by who read the last revision`, () =>
		withStore(open, async (store) => {
			const rollout = { id: 'r1', application: 'hall', text: '{"ring":0}' };
			await store.putRollout(rollout, [{ device: 'g-1', text: '1' }], 0);
			await assert.rejects(store.putRollout(rollout, [{ device: 'g-1', text: '2' }], 0), { code: 'changed-meanwhile' });
			const next = { ...rollout, text: '{"ring":1}' };
			await store.putRollout(
				next,
				[
					{ device: 'g-2', text: '3' },
					{ device: 'g-1', text: '4' },
				],
				1,
			);
			await store.putRollout({ ...rollout, id: 'r2', application: 'yard' }, [], 0);
			assert.deepEqual(await store.rollouts('hall'), [{ ...next, revision: 2 }]);
			assert.equal((await store.rollouts()).length, 2);
			assert.deepEqual(await store.rolloutDevices('r1'), [
				{ rollout: 'r1', device: 'g-1', text: '4' },
				{ rollout: 'r1', device: 'g-2', text: '3' },
			]);
			await assert.rejects(store.putRollout(rollout, [{ device: 'g-1', text: '5' }], 1), { code: 'changed-meanwhile' });
			assert.equal((await store.rolloutDevices('r1'))[0]?.text, '4', 'nothing of a refused call is kept');
		}));

	test(`${name}: a device's word of its updates is the last`, () =>
		withStore(open, async (store) => {
			const said = {
				application: 'hall',
				device: 'g-1',
				running: '1.0',
				floor: 3,
				state: 'idle',
				lastError: null,
				keys: null,
				refused: null,
				at: 5,
			};
			const other = { ...said, application: 'yard', running: null, lastError: 'no room' };
			await store.putUpdateReports([said, other]);
			await store.putUpdateReports([{ ...said, running: '1.1', keys: '{}', refused: '{"code":"a"}', at: 9 }]);
			assert.deepEqual(await store.updateReports('hall'), [
				{ ...said, running: '1.1', keys: '{}', refused: '{"code":"a"}', at: 9 },
			]);
			assert.equal((await store.updateReports()).length, 2);
		}));

	test(`${name}: a device's word of itself is the last`, () =>
		withStore(open, async (store) => {
			const report = { scope: 'machine', ports: ['tcp/22'], services: null, debug: [], tamper: [] } as const;
			const said = { application: 'hall', device: 'g-1', at: 5, attested: false, report };
			await store.putDeviceReports([said, { ...said, application: 'yard', attested: true }]);
			await store.putDeviceReports([{ ...said, at: 9 }]);
			assert.deepEqual(await store.deviceReports(), [
				{ ...said, at: 9 },
				{ ...said, application: 'yard', attested: true },
			]);
			await store.forgetDeviceReport('hall', 'g-1');
			assert.deepEqual(await store.deviceReports(), [{ ...said, application: 'yard', attested: true }]);
		}));
};
