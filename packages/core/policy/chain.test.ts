import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../units/instant.ts';
import { hours } from '../units/milliseconds.ts';
import { chainLinks } from './chain-place.ts';
import { appraiseChain } from './chain.ts';
import type { Component, Fact } from './fact.ts';
import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import { expandParameters } from './parameters.ts';
import type { Policy } from './policy.ts';
import { appraisePosture } from './posture.ts';

const now = instant('2026-11-22T12:00:00Z');
const gamma: Component = { kind: 'device', application: 'hall', id: 'gamma-1' };
const desk: Component = { kind: 'reader', application: 'hall', id: 'desk' };

const policyAt = (level: Level): Policy => {
	const levels = Object.fromEntries(objectives.map((objective) => [objective, level])) as Record<Objective, Level>;
	return {
		...{
			application: 'hall',
			level: levels,
			mode: 'enforce',
			streams: new Map(),
			commands: new Map(),
			devices: new Map(),
		},
		parameters: expandParameters(levels, {}),
	};
};

const fact = (subject: Component, claim: Fact['claim'], value: Fact['value']): Fact => ({
	...{ subject, claim, value, strength: 'observed', source: 'listener', at: now - hours(1) },
});

test('a chain says of each objective what posture says: the least of its links', () => {
	const facts = [
		fact(gamma, 'link-encryption', 'tls1.3'),
		fact(gamma, 'link-integrity', 'tls1.3'),
		fact(gamma, 'unique-key', true),
	];
	for (const level of [0, 1, 3] as const) {
		const chain = appraiseChain(policyAt(level), [gamma, desk], facts, now);
		const posture = appraisePosture(policyAt(level), [gamma, desk], facts, now);
		assert.deepEqual(
			chain.links.map(({ link }) => link),
			[...chainLinks],
		);
		for (const { objective, held, required } of posture.objectives) {
			const found = chain.links.flatMap((link) => link.objectives.filter((one) => one.objective === objective));
			assert.equal(Math.min(...found.map(({ achieved }) => achieved)), held, objective);
			assert.ok(found.every((one) => one.required === required));
		}
	}
});

test('what is weak alike is one entry, with its clause and its newest evidence', () => {
	const shared = fact(gamma, 'unique-key', 'the same key as device gamma-2');
	const twin = { ...gamma, id: 'gamma-2' };
	const facts = [{ ...shared, at: now - hours(9) }, shared, { ...shared, subject: twin }];
	const { links } = appraiseChain(policyAt(2), [gamma, twin], facts, now);
	const device = links.find(({ link }) => link === 'device');
	const [weakness, ...others] = device?.weaknesses.filter(({ requirement }) => requirement === 'unique-key') ?? [];
	assert.deepEqual(others, []);
	assert.deepEqual(weakness?.components, [gamma, twin]);
	assert.equal(weakness.count, 2);
	assert.ok(weakness.clause.some((one) => one.includes('CR 1.2 RE(1)')));
	assert.match(weakness.reason, /the same key as device gamma-2/);
	assert.deepEqual(weakness.evidence, { strength: 'observed', source: 'listener', at: now - hours(1) });
});

test('a link of nothing is never the weakest', () => {
	const chain = appraiseChain(policyAt(4), [], [], now);
	assert.equal(chain.weakest, 'service');
	const withDevice = appraiseChain(policyAt(1), [gamma], [], now);
	assert.notEqual(withDevice.weakest, 'reader');
});
