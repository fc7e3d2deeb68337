import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenStore, withStore } from './suite-place.ts';

export const incidentSuite = (name: string, open: OpenStore): void => {
	test(`${name}: an incident keeps its number, and what became of it is what was put last`, () =>
		withStore(open, async (store) => {
			const incident = { application: 'hall', device: 'probe-1', opened: 5, text: '{"a":1}' };
			const first = await store.addIncident(incident);
			const second = await store.addIncident({ ...incident, device: 'probe-2' });
			assert.equal(second, first + 1);
			await store.putIncident(first, '{"a":2}');
			await assert.rejects(store.putIncident(second + 1, '{}'), { code: 'store-failed' });
			assert.deepEqual(await store.incidents(), [
				{ ...incident, number: first, text: '{"a":2}' },
				{ ...incident, device: 'probe-2', number: second },
			]);
		}));
};
