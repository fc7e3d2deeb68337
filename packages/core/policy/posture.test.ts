import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { instant } from '../units/instant.ts';
import { days, hours, minutes } from '../units/milliseconds.ts';
import { unachievable } from './achievable.ts';
import { catalogue, requirement } from './catalogue/index.ts';
import type { Component, Fact } from './fact.ts';
import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import type { ParameterValue, Tighten } from './parameter-value.ts';
import { expandParameters } from './parameters.ts';
import type { Policy } from './policy.ts';
import { appraisePosture, type Posture } from './posture.ts';
import { type AppraisedComponent, serviceComponent, type Weakness } from './component-appraisal.ts';
import { type RequirementId, requirementIds } from '../requirement/requirement.ts';
import { type Strength, strengths } from '../requirement/strength.ts';

const now = instant('2026-11-22T12:00:00Z');
const gamma: Component = { kind: 'device', application: 'hall', id: 'gamma-1' };
const desk: Component = { kind: 'reader', application: 'hall', id: 'desk' };

const policyAt = (level: Level, tighten: Tighten = {}): Policy => {
	const levels = Object.fromEntries(objectives.map((objective) => [objective, level])) as Record<Objective, Level>;
	return {
		application: 'hall',
		level: levels,
		mode: 'enforce',
		streams: new Map(),
		commands: new Map(),
		devices: new Map([['sleeper', { name: 'sleeper', custody: ['software'], streams: [], sleeps: days(10) }]]),
		parameters: expandParameters(levels, tighten),
	};
};

const fact = (claim: RequirementId, value: ParameterValue, more: Partial<Fact> = {}): Fact => ({
	subject: gamma,
	claim,
	value,
	strength: 'observed',
	source: 'registrar',
	at: now - hours(1),
	...more,
});

/** What posture says of one requirement at one component under a policy of level 4, with its required level left out of the question. */
const weakness = (
	claim: RequirementId,
	facts: readonly Fact[],
	{ policy = policyAt(4), component = gamma }: { policy?: Policy; component?: AppraisedComponent } = {},
): Pick<Weakness, 'held' | 'reason'> | null => {
	const { objective } = requirement(claim);
	const found = appraisePosture(policy, [component], facts, now)
		.objectives.find((one) => one.objective === objective)
		?.weakest.find((one) => one.requirement === claim && one.component.id === component.id);
	return found === undefined ? null : { held: found.held, reason: found.reason };
};

const lifetime = (value: number) => weakness('certificate-lifetime', [fact('certificate-lifetime', value)]);
const link = (value: string) => weakness('link-encryption', [fact('link-encryption', value)]);

test('a requirement is held as far as its value satisfies', () => {
	assert.equal(lifetime(days(7)), null);
	assert.deepEqual(lifetime(days(30)), { held: 3, reason: 'observed 30 d, asked at most 7 d' });
	assert.deepEqual(lifetime(days(300)), { held: 2, reason: 'observed 300 d, asked at most 90 d' });
	assert.deepEqual(lifetime(days(4000)), { held: 0, reason: 'observed 10 y 350 d, asked at most 5 y' });
	assert.deepEqual(lifetime(days(90) + 1), { held: 2, reason: 'observed 90 d 1 ms, asked at most 90 d' });
	assert.deepEqual(lifetime(days(300) - 1), { held: 2, reason: 'observed 299 d 23 h, asked at most 90 d' });
	assert.deepEqual(link('tls1.2-aead'), { held: 1, reason: 'observed tls1.2-aead, asked tls1.3' });
	assert.deepEqual(link('TLSv1.1'), { held: 0, reason: 'observed TLSv1.1, asked tls1.2-aead' });
});

test('no evidence holds nothing', () => {
	assert.deepEqual(weakness('unique-key', []), { held: 0, reason: 'no evidence' });
	const others = [
		fact('unique-key', true, { subject: { ...gamma, id: 'gamma-2' } }),
		fact('unique-key', true, { subject: { ...gamma, application: 'other' } }),
		fact('unique-key', true, { subject: { ...gamma, kind: 'reader' } }),
		fact('key-strength', '128-listed'),
	];
	assert.deepEqual(weakness('unique-key', others), { held: 0, reason: 'no evidence' });
});

test('a level that asks nothing is held without evidence', () => {
	assert.deepEqual(weakness('expected-device', []), { held: 1, reason: 'no evidence' });
});

test('what is asked and found otherwise is said in the words of the fact', () => {
	assert.deepEqual(weakness('unique-key', [fact('unique-key', 'key shared with gamma-2')]), {
		held: 0,
		reason: 'observed key shared with gamma-2',
	});
});

test('evidence ends with its certificate', () => {
	const until = instant('2026-11-20T08:00:00Z');
	assert.deepEqual(weakness('certificate-lifetime', [fact('certificate-lifetime', days(7), { until })]), {
		held: 0,
		reason: 'certificate of gamma-1 ended 2026-11-20',
	});
	assert.deepEqual(weakness('unique-key', [fact('unique-key', true, { until })]), {
		held: 0,
		reason: 'evidence of gamma-1 ended 2026-11-20',
	});
	assert.deepEqual(weakness('unique-key', [fact('unique-key', true, { until: now })])?.held, 0);
	assert.equal(weakness('unique-key', [fact('unique-key', true, { until: now + 1 })]), null);
});

const denied = (age: number) =>
	weakness('deny-by-default', [fact('deny-by-default', true, { subject: serviceComponent, at: now - age })], {
		component: serviceComponent,
	});
assert.equal(denied(days(1)), null);

test('evidence ages, the sooner the higher the level', () => {
	assert.deepEqual(denied(days(1) + 1), { held: 3, reason: 'evidence is 1 d old, at most 1 d' });
	assert.deepEqual(denied(days(8)), { held: 2, reason: 'evidence is 8 d old, at most 7 d' });
	assert.deepEqual(denied(days(100)), { held: 0, reason: 'evidence is 100 d old, at most 90 d' });
});

test('evidence from the future does not count, but for the skew of two clocks', () => {
	assert.equal(weakness('unique-key', [fact('unique-key', true, { at: now + minutes(1) })]), null);
	assert.deepEqual(weakness('unique-key', [fact('unique-key', true, { at: now + days(2) })]), {
		held: 0,
		reason: 'evidence is dated 2026-11-24, in the future',
	});
});

const custody = (strength: Strength) =>
	weakness('key-custody', [fact('key-custody', 'hardware-attested', { strength })]);
assert.deepEqual(custody('claimed'), { held: 2, reason: 'evidence is only claimed, asked endorsed' });

test('a claim never counts as more than a claim', () => {
	assert.deepEqual(custody('endorsed'), { held: 3, reason: 'evidence is only endorsed, asked attested' });
	assert.equal(custody('attested'), null);
});

test('a bad observation is never hidden by a good one, older or newer', () => {
	const good = fact('link-encryption', 'tls1.3-pq', { source: 'gateway', at: now });
	const bad = fact('link-encryption', 'tls1.2-aead', { source: 'listener', at: now - hours(2) });
	assert.equal(weakness('link-encryption', [good]), null);
	for (const facts of [
		[good, bad],
		[bad, good],
		[
			{ ...good, at: bad.at },
			{ ...bad, at: good.at },
		],
	]) {
		assert.deepEqual(weakness('link-encryption', facts), { held: 1, reason: 'observed tls1.2-aead, asked tls1.3' });
	}
	// A claim is too weak to accuse where observations are asked; what has ended no longer speaks.
	assert.equal(weakness('link-encryption', [good, { ...bad, strength: 'claimed' }]), null);
	assert.equal(weakness('link-encryption', [good, { ...bad, until: now - 1 }]), null);
});

test('what is not built is held nowhere, whatever the evidence says', () => {
	for (const { id } of catalogue.filter(({ builtTo }) => builtTo === null))
		assert.equal(weakness(id, [fact(id, true, { strength: 'attested' })])?.reason, 'not built yet');
	for (const entry of catalogue.filter(({ builtTo }) => builtTo !== null)) {
		const asked = entry.asks[4];
		const reason = asked && unachievable(entry, asked);
		if (!asked || reason === null) continue;
		const component = [gamma, desk, serviceComponent].find(({ kind }) => entry.applies.includes(kind)) ?? gamma;
		const facts = [fact(entry.id, asked.value, { subject: component, strength: asked.strength })];
		assert.equal(weakness(entry.id, facts, { component, policy: policyAt(4) })?.reason, reason);
	}
});

test('a tightened value counts from the required level on', () => {
	const policy = policyAt(3, { 'certificate-lifetime': hours(24) });
	const week = [fact('certificate-lifetime', days(7))];
	assert.equal(weakness('certificate-lifetime', week), null);
	assert.deepEqual(weakness('certificate-lifetime', week, { policy }), {
		held: 2,
		reason: 'observed 7 d, asked at most 1 d',
	});
	// A row on which the level is silent speaks once it is tightened.
	const early = policyAt(1, { 'grant-expiry': days(30) });
	const grants = [fact('grant-expiry', days(90), { subject: desk })];
	assert.deepEqual(weakness('grant-expiry', grants, { policy: early, component: desk }), {
		held: 0,
		reason: 'observed 90 d, asked at most 30 d',
	});
});

test('a sleeper may hold its certificate for longer', () => {
	const month = [fact('certificate-lifetime', days(30))];
	assert.equal(weakness('certificate-lifetime', month)?.held, 3);
	assert.equal(weakness('certificate-lifetime', month, { component: { ...gamma, class: 'sleeper' } }), null);
	assert.equal(weakness('certificate-lifetime', month, { component: { ...gamma, class: 'unknown' } })?.held, 3);
});

const objectiveOf = (posture: Posture, name: Objective) => {
	const found = posture.objectives.find(({ objective }) => objective === name);
	assert.ok(found);
	return found;
};

test('an objective is held as far as its weakest requirement at its weakest component', () => {
	const { required, held, weakest } = objectiveOf(appraisePosture(policyAt(3), [gamma, desk], [], now), 'authenticity');
	assert.deepEqual([required, held], [3, 0]);
	assert.ok(weakest.every((one) => one.held < 3));
	// What a site can mend first, then lowest first; where equal in the order of the catalogue.
	const place = ({ requirement: id }: Weakness): number => requirementIds.indexOf(id);
	for (const [index, one] of weakest.entries()) {
		const before = weakest[index - 1];
		if (before === undefined) continue;
		assert.ok(!before.barred || one.barred);
		if (one.barred !== before.barred) continue;
		assert.ok(one.held >= before.held);
		if (one.held === before.held) assert.ok(place(one) >= place(before));
	}
	const simulated = appraisePosture(policyAt(3), [{ ...gamma, emulated: true }, desk], [], now);
	assert.deepEqual(
		simulated.emulated.map(({ kind, id }) => [kind, id]),
		[['device', gamma.id]],
	);
	// The service and the update path are links of every chain, named by nobody or not.
	const resistance = objectiveOf(appraisePosture(policyAt(4), [], [], now), 'resistance');
	assert.ok(resistance.weakest.some(({ component }) => component.kind === 'service'));
	const adaptability = objectiveOf(appraisePosture(policyAt(4), [], [], now), 'adaptability');
	assert.ok(adaptability.weakest.some(({ component }) => component.kind === 'update'));
});

test('where the required level is held, what defines the held level is still named', () => {
	const { held, weakest } = objectiveOf(appraisePosture(policyAt(0), [gamma], [], now), 'authorization');
	assert.equal(held, 0);
	assert.ok(weakest.length > 0 && weakest.every((one) => one.held === 0));
});

test('components of other applications do not count', () => {
	const stranger: Component = { ...gamma, application: 'other' };
	for (const { weakest } of appraisePosture(policyAt(4), [stranger], [], now).objectives) {
		assert.ok(weakest.every(({ component }) => component.application !== 'other'));
	}
});

const someFact = fc.record({
	subject: fc.constantFrom(gamma, desk, serviceComponent),
	claim: fc.constantFrom<RequirementId>(
		'certificate-lifetime',
		'link-encryption',
		'unique-key',
		'key-custody',
		'deny-by-default',
	),
	value: fc.oneof(
		fc.constant(true as const),
		fc.constantFrom('tls1.2-aead', 'tls1.3', 'tls1.3-pq', 'any', 'hardware-attested', 'nonsense'),
		fc.integer({ min: 1, max: days(4000) }),
	),
	strength: fc.constantFrom(...strengths),
	source: fc.constantFrom('registrar', 'listener'),
	at: fc.integer({ min: now - days(200), max: now + days(1) }),
});

test('no order of facts and no further fact makes the posture better than its worst', () => {
	fc.assert(
		fc.property(fc.array(someFact, { maxLength: 12 }), fc.integer({ min: 0, max: 4 }), (facts, level) => {
			const policy = policyAt(level as Level);
			const whole = appraisePosture(policy, [gamma, desk], facts, now);
			assert.deepEqual(
				appraisePosture(policy, [desk, gamma], facts.toReversed(), now).objectives.map(({ held }) => held),
				whole.objectives.map(({ held }) => held),
			);
			for (const { held, weakest } of whole.objectives) {
				assert.equal(held, Math.min(4, ...weakest.map((one) => one.held)));
				for (const { reason } of weakest) assert.ok(reason.length > 0);
			}
		}),
	);
});
