import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, type Instant, instant, seconds } from '@keyward/core';
import type { Level, Posture } from '@keyward/core/policy';
import { openMemoryStore } from '@keyward/store/memory';
import { createPostureHistory } from './history.ts';

const posture = (held: Level): Posture => ({
	...{ application: 'hall', mode: 'enforce', emulated: [], otherCa: [], unseen: [], suspected: [] },
	counts: { components: 1, emulated: 0, otherCa: 0, unseen: 0, suspected: 0 },
	objectives: [{ objective: 'integrity', required: 3, held, total: 0, alike: [], weakest: [] }],
});

test('levels that change are kept, across a restart too; no faster than somebody could make them flap, and not for ever', async (t) => {
	let now: Instant = instant('2026-11-22T12:00:00Z');
	const store = openMemoryStore();
	const open = () => {
		const history = createPostureHistory({
			...{ store, clock: { now: () => now }, look: async () => [], report: (error) => assert.fail(String(error)) },
		});
		t.after(() => history.stop());
		return history;
	};
	let history = open();
	const levels = async (since: Instant = 0) =>
		(await history.changes('hall', since, 99)).map(({ from, held }) => [from?.held ?? null, held]);
	await history.note([posture(3)]);
	await history.note([posture(3)]);
	// A fall and a rise within a moment: what stays is seen at the next look.
	now += seconds(1);
	await history.note([posture(1)]);
	assert.deepEqual(await levels(), [[null, 3]]);
	now += seconds(10);
	await history.note([posture(1)]);
	assert.deepEqual(await levels(), [
		[null, 3],
		[3, 1],
	]);
	await history.stop();
	history = open();
	now += days(1);
	await history.note([posture(1)]);
	await history.note([posture(2)]);
	assert.deepEqual(await levels(now - days(1) + 1), [[1, 2]]);
	assert.deepEqual(await history.changes('roof', 0, 99), []);
	now += days(401);
	await history.note([posture(3)]);
	assert.deepEqual(await levels(), [[2, 3]], 'older ones are forgotten, and what was last is still known');
});
