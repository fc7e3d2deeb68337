import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commits } from './commits.ts';
import { type OpenStore, withStore } from './suite-place.ts';

const dose = { application: 'hall', device: 'gamma-1', stream: 'dose-rate' };

export const timeSuite = (name: string, open: OpenStore): void => {
	test(`${name}: a time is found in a stream, also where rows came late`, () =>
		withStore(open, async (store) => {
			const a = await store.openStream(dose);
			assert.equal(await store.before(a.id, 5), 0);
			assert.equal(await store.before(999, 5), 0);
			const { commit } = commits(store);
			// Every tenth row is 500 behind those around it.
			const times = Array.from({ length: 400 }, (_, at) => 10_000 + at * 100 - (at % 10 === 9 ? 550 : 0));
			for (let at = 0; at < times.length; at += 40)
				await store.append(await commit(times.slice(at, at + 40).map((time) => [a, time])));
			for (const time of [0, 9_999, 10_000, 12_345, 30_000, 49_899, 49_900, 60_000]) {
				const cursor = await store.before(a.id, time);
				const first = times.findIndex((one) => one >= time);
				assert.ok(cursor <= (first < 0 ? times.length : first), `nothing of ${time} is passed over`);
				if (time > 20_000) assert.ok(cursor >= (first < 0 ? times.length : first) - 64, `${cursor} is near ${time}`);
			}
		}));
};
