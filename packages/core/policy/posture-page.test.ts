import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../units/instant.ts';
import type { Component } from './fact.ts';
import { objectives } from './objective.ts';
import { expandParameters } from './parameters.ts';
import type { Level } from './level.ts';
import type { Objective } from './objective.ts';
import type { Policy } from './policy.ts';
import { postureOf, rollUpOf } from './posture.ts';
import { type PageEnd, posturePage, readPageEnd, writePageEnd } from './posture-page.ts';

const now = instant('2026-11-22T12:00:00Z');
const levels = Object.fromEntries(objectives.map((one) => [one, 2])) as Record<Objective, Level>;
const policy: Policy = {
	...{ application: 'hall', level: levels, mode: 'enforce', parameters: expandParameters(levels, {}) },
	...{ streams: new Map(), commands: new Map(), devices: new Map() },
};
const device = (id: string): Component => ({ kind: 'device', application: 'hall', id });
const desk: Component = { kind: 'reader', application: 'hall', id: 'desk' };

test('pages name every component once, and what the posture names; one that goes or comes moves no other', () => {
	const rollUp = rollUpOf(policy, ['d-3', 'd-1', 'd-10', 'd-2', 'd-0'].map(device).concat(desk), [], now);
	const names: string[] = [];
	let found = 0;
	let after: PageEnd | null = null;
	for (let page = 0; page < 20; page++) {
		const { components, next } = posturePage(rollUp, { after, limit: 2, all: false });
		names.push(...components.map(writePageEnd));
		found += components.reduce((sum, { weaknesses }) => sum + weaknesses.length, 0);
		if (page === 0) {
			// One that was shown goes, and one comes before the place.
			rollUp.drop(device('d-0'));
			rollUp.put(device('d-00'), [], now);
		}
		after = next === null ? null : readPageEnd(writePageEnd(next));
		if (after === null) break;
	}
	assert.deepEqual(names, [
		...['device/d-0', 'device/d-1', 'device/d-10', 'device/d-2', 'device/d-3', 'reader/desk'],
		...['service/service', 'update/update'],
	]);
	const short = postureOf(rollUp).objectives.filter(({ held, required }) => held < required);
	assert.equal(
		found,
		short.reduce((sum, { total }) => sum + total, 0),
	);
});

test('a text that is no end of a page gives no cursor', () => {
	for (const text of ['', 'device', 'device/', 'thing/x', '/x']) assert.equal(readPageEnd(text), null, text);
});
