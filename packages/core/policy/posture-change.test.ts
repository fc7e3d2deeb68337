import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../units/instant.ts';
import type { Level } from './level.ts';
import { type ObjectiveState, objectiveStates, postureChanges, stateKey } from './posture-change.ts';
import type { Posture } from './posture.ts';

const at = instant('2026-11-22T12:00:00Z');
const posture = (held: Level, required: Level): Posture => ({
	...{ application: 'hall', mode: 'enforce', emulated: [], otherCa: [], unseen: [], suspected: [] },
	counts: { components: 2, emulated: 0, otherCa: 0, unseen: 0, suspected: 0 },
	objectives: [
		{
			...{ objective: 'integrity', required, held, total: 2 },
			alike: [
				{ requirement: 'ledger', held, reason: 'broken', barred: false, count: 1 },
				{ requirement: 'link-integrity', held: 3, reason: 'no evidence', barred: false, count: 1 },
			],
			weakest: [
				{
					component: { kind: 'service', application: '', id: 'service' },
					...{ requirement: 'ledger', held, reason: 'broken', barred: false },
				},
			],
		},
	],
});
const known = (states: readonly ObjectiveState[]): ReadonlyMap<string, ObjectiveState> =>
	new Map(states.map((state) => [stateKey(state), state]));

test('a change is another level, held or required, with what holds it there and what held it before', () => {
	const [first] = objectiveStates(posture(3, 3));
	assert(first !== undefined);
	assert.deepEqual(postureChanges(new Map(), [first], at), [{ ...first, at, from: null }]);
	assert.deepEqual(postureChanges(known([first]), objectiveStates(posture(3, 3)), at), []);
	const [fell] = postureChanges(known([first]), objectiveStates(posture(1, 3)), at);
	assert.deepEqual([fell?.held, fell?.from?.held, fell?.cause?.requirement], [1, 3, 'ledger']);
	assert.deepEqual(fell?.cause?.component, { kind: 'service', application: '', id: 'service' });
	const [asked] = postureChanges(known([first]), objectiveStates(posture(3, 4)), at);
	assert.deepEqual([asked?.required, asked?.from?.required, asked?.held], [4, 3, 3]);
});
