import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Component, ObjectivePosture, Posture } from '@keyward/core/policy';
import { renderPosture } from './posture-view.ts';

const ESCAPE = '\u001B';
const device = (id: string): Component => ({ kind: 'device', application: 'hall', id });
/** As the service counts them. */
const objective = (one: Omit<ObjectivePosture, 'total' | 'alike'>): ObjectivePosture => {
	const groups = Map.groupBy(one.weakest, ({ requirement, held, reason }) => `${requirement} ${held} ${reason}`);
	return {
		...{ ...one, total: one.weakest.length },
		alike: [...groups.values()].flatMap((alike) => {
			const [first] = alike;
			if (first === undefined) return [];
			const { requirement, held, reason, barred } = first;
			return [{ requirement, held, reason, barred, count: alike.length }];
		}),
	};
};
const posture: Posture = {
	application: 'hall',
	mode: 'audit',
	counts: { components: 5, emulated: 1, otherCa: 0, unseen: 1, suspected: 1 },
	emulated: [device('a')],
	otherCa: [],
	unseen: [device('z')],
	suspected: [{ ...device('b'), causes: ['replay', 'two-places'] }],
	objectives: [
		objective({
			objective: 'authenticity',
			required: 4,
			held: 1,
			weakest: [
				...['a', 'b', 'c', 'd'].map((id) => ({
					requirement: 'key-custody' as const,
					component: device(id),
					held: 1 as const,
					barred: false,
					reason:
						'endorsed software, asked hardware, and this sentence is long enough to need a second line at any width',
				})),
				{
					requirement: 'session-limits',
					component: { kind: 'service', application: '', id: 'service' },
					held: 1,
					reason: 'not built yet',
					barred: true,
				},
				{ requirement: 'unique-key', component: device('a'), held: 2, reason: 'one', barred: false },
				{ requirement: 'key-strength', component: device('a'), held: 3, reason: 'two', barred: false },
			],
		}),
		objective({
			objective: 'integrity',
			required: 1,
			held: 2,
			weakest: [{ requirement: 'ledger', component: device('a'), held: 2, reason: 'no witness', barred: false }],
		}),
		objective({ objective: 'adaptability', required: 4, held: 4, weakest: [] }),
	],
};

test('the weakest link of each objective is named, alike components once, within the width', () => {
	for (const width of [80, 120]) {
		const text = renderPosture(posture, { width, colour: false, all: false });
		assert.match(text, /^✗ authenticity {5}●●●● 4 {4}●○○○ 1 {4}key-custody at device a, device b and 2\b/m);
		assert.equal(text.split('key-custody').length, 4, 'once in the chain, in the verdict and in what to do');
		assert.match(text, /^Do first:\n {2}key-custody \(3 more alike\): Make the key in hardware/m);
		assert.match(text, /^✓ integrity {8}●○○○ 1 {4}●●○○ 2 {4}achieved$/m);
		assert.match(text, /^✓ adaptability {5}●●●● 4 {4}●●●● 4 {4}achieved$/m);
		assert.match(text, /not in this version: session-limits/);
		assert.match(text.replaceAll(/\s+/g, ' '), /Suspected: device b \(replay\), device b \(two-places\)\. See/);
		assert.match(text, /Not seen yet, and not counted: device z\./);
		assert.match(text.replaceAll(/\s+/g, ' '), /Weakest link: key-custody at device a, 1 of 4\./);
		for (const line of text.split('\n')) assert.ok(line.length <= width, line);
	}
});

test('all weaknesses are listed when asked for, and nothing is coloured that should not be', () => {
	const text = renderPosture(posture, { width: 120, colour: false, all: true });
	for (const word of ['key-custody', 'session-limits at the service', 'unique-key', 'key-strength', 'no witness'])
		assert.ok(text.includes(word));
	assert.ok(!text.includes(ESCAPE));
	assert.ok(renderPosture(posture, { width: 120, colour: true, all: true }).includes(`${ESCAPE}[31m✗`));
});

test('where all is held, it says so, and what is emulated is said in any case', () => {
	const held = { ...posture, objectives: posture.objectives.slice(1) };
	const layout = { width: 80, colour: false, all: false };
	assert.match(
		renderPosture(held, layout),
		/Every objective is achieved.*\nSuspected(?:.|\n)*\nNot seen yet.*\nEMULATED hardware, which counts .*: device a\.$/,
	);
	assert.doesNotMatch(renderPosture({ ...held, emulated: [] }, layout), /EMULATED/);
});
