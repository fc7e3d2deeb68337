import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RequirementId } from '../requirement/requirement.ts';
import { strengths } from '../requirement/strength.ts';
import { instant } from '../units/instant.ts';
import { days } from '../units/milliseconds.ts';
import { chainOf } from './chain.ts';
import type { Component, Fact } from './fact.ts';
import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import { expandParameters } from './parameters.ts';
import type { Policy } from './policy.ts';
import { type Posture, postureOf, rollUpOf } from './posture.ts';
import { createRollUp } from './roll-up.ts';
import { type AppraisedComponent, serviceComponent, updateComponent } from './component-appraisal.ts';

const began = instant('2026-11-22T12:00:00Z');
const named = (kind: Component['kind'], id: string): AppraisedComponent => ({ kind, application: 'hall', id });
const registered = [named('device', 'a'), named('device', 'b'), named('device', 'c'), named('reader', 'a')];
const always = [serviceComponent, updateComponent('hall')];

const policyAt = (level: Level): Policy => {
	const levels = Object.fromEntries(objectives.map((objective) => [objective, level])) as Record<Objective, Level>;
	return {
		...{ application: 'hall', level: levels, mode: 'enforce', streams: new Map(), commands: new Map() },
		...{ devices: new Map(), parameters: expandParameters(levels, {}) },
	};
};

const someFact = fc.record({
	subject: fc.constantFrom(...registered, serviceComponent),
	claim: fc.constantFrom<RequirementId>(
		...(['certificate-lifetime', 'link-encryption', 'link-integrity', 'key-custody', 'deny-by-default'] as const),
	),
	value: fc.oneof(
		fc.constant(true as const),
		fc.constantFrom('tls1.2-aead', 'tls1.3', 'hardware-attested', 'nonsense'),
		fc.integer({ min: 1, max: days(4000) }),
	),
	strength: fc.constantFrom(...strengths),
	source: fc.constantFrom('registrar', 'listener'),
	age: fc.integer({ min: 0 - days(3), max: days(400) }),
	lasts: fc.option(fc.integer({ min: 1, max: days(30) }), { nil: null }),
});

const step = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ what: fc.constant('fact' as const), fact: someFact }) },
	{
		weight: 2,
		arbitrary: fc.record({ what: fc.constant('time' as const), by: fc.integer({ min: 0, max: days(60) }) }),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			what: fc.constant('component' as const),
			component: fc.constantFrom(...registered),
			suspected: fc.boolean(),
			gone: fc.boolean(),
		}),
	},
);

/** What is the same however it was come by: without the order, and without ages, which are of the last look. */
const essence = (posture: Posture): unknown => ({
	...posture,
	...Object.fromEntries(
		(['emulated', 'otherCa', 'unseen', 'suspected'] as const).map((list) => [
			list,
			posture[list].map((one) => JSON.stringify(one)).toSorted(),
		]),
	),
	objectives: posture.objectives.map(({ objective, required, held, total, alike, weakest }) => [
		...[objective, required, held, total],
		alike.reduce((sum, { count }) => sum + count, 0),
		weakest
			.map((one) => JSON.stringify({ ...one, reason: one.reason.replace(/^evidence is .* old/, 'evidence is old') }))
			.toSorted(),
	]),
});

test('after any history of facts, components and time it says what an appraisal from nothing says', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 4 }), (history, level) => {
			const policy = policyAt(level as Level);
			const kept = createRollUp(policy);
			let now = began;
			const components = new Map<string, AppraisedComponent>();
			const facts = new Map<string, Fact>();
			const put = (component: AppraisedComponent): void => kept.put(component, [...facts.values()], now);
			for (const one of always) put(one);
			for (const one of history) {
				if (one.what === 'time') now += one.by;
				else if (one.what === 'component') {
					const key = `${one.component.kind} ${one.component.id}`;
					const component: AppraisedComponent = { ...one.component, suspected: one.suspected ? ['replay'] : [] };
					if (one.gone) {
						components.delete(key);
						kept.drop(component);
					} else {
						components.set(key, component);
						put(component);
					}
				} else {
					const { age, lasts, ...said } = one.fact;
					const at = now - age;
					const fact: Fact = { ...said, at, ...(lasts !== null && { until: at + lasts }) };
					const { kind, id } = fact.subject;
					facts.set(`${kind} ${id} ${fact.claim} ${fact.source}`, fact);
					const about = components.get(`${kind} ${id}`) ?? (kind === 'service' ? serviceComponent : undefined);
					if (about !== undefined) put(about);
				}
				for (const due of kept.due(now)) put(due);
				const fresh = rollUpOf(policy, [...components.values()], [...facts.values()], now);
				assert.deepEqual(essence(postureOf(kept)), essence(postureOf(fresh)));
				assert.deepEqual(
					chainOf(kept).links.map(({ link, components: size, objectives: found }) => [link, size, found]),
					chainOf(fresh).links.map(({ link, components: size, objectives: found }) => [link, size, found]),
				);
			}
		}),
		{ numRuns: 60 },
	);
});

test('a large fleet is answered in few words: each kind of weakness with its count, and the first of each', () => {
	const rollUp = createRollUp(policyAt(3));
	for (const one of always) rollUp.put(one, [], began);
	for (let index = 0; index < 500; index++) rollUp.put(named('device', `d${index}`), [], began);
	const posture = postureOf(rollUp, 20);
	assert.deepEqual(posture.counts, { components: 500, emulated: 0, otherCa: 0, unseen: 500, suspected: 0 });
	assert.equal(posture.unseen.length, 20);
	const authenticity = posture.objectives.find(({ objective }) => objective === 'authenticity');
	assert(authenticity !== undefined);
	const custody = authenticity.alike.find(({ requirement }) => requirement === 'key-custody');
	assert.equal(custody?.count, 500);
	assert.ok(authenticity.weakest.length <= 20 && authenticity.total >= 500);
	const shown = authenticity.weakest.filter(({ requirement }) => requirement === 'key-custody');
	assert.deepEqual(
		shown.map(({ component }) => component.id),
		['d0', 'd1', 'd2'],
	);
});

test('a component is looked at again by the moment asked for, however its facts last', () => {
	const rollUp = createRollUp(policyAt(1));
	const [device] = registered;
	assert(device !== undefined);
	rollUp.put(device, [], began, began + 10);
	assert.deepEqual(rollUp.due(began + 9), []);
	assert.deepEqual(rollUp.due(began + 10), [device]);
	rollUp.put(device, [], began + 10, began + 20);
	rollUp.drop(device);
	assert.deepEqual(rollUp.due(began + 30), []);
	assert.equal(postureOf(rollUp).counts.components, 0);
});
