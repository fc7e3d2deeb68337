import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { days, hours } from '../units/milliseconds.ts';
import { catalogue } from './catalogue/index.ts';
import { type Level, levels } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import { certificateLifetime } from './certificate-lifetime.ts';
import { comparePolicies, enforceable, expandParameters, satisfies } from './parameters.ts';
import type { DeviceClass } from './policy.ts';
import { requirementIds } from '../requirement/requirement.ts';

const all = (level: Level): Record<Objective, Level> =>
	Object.fromEntries(objectives.map((objective) => [objective, level])) as Record<Objective, Level>;

const sleeper = (sleeps?: number): DeviceClass => ({
	name: 'probe',
	custody: ['software'],
	streams: ['dose-rate'],
	...(sleeps !== undefined && { sleeps }),
});

test('levels expand to the values of the catalogue, for every requirement', () => {
	const parameters = expandParameters({ ...all(0), authenticity: 4, authorization: 2 });
	assert.deepEqual(Object.keys(parameters), [...requirementIds]);
	assert.equal(parameters['certificate-lifetime'], days(7));
	assert.equal(parameters['grant-expiry'], days(730));
	assert.equal(parameters['link-encryption'], null);
	assert.equal(parameters['link-integrity'], true);
	assert.ok(Object.isFrozen(parameters));
});

test('tightening makes stricter, and never laxer', () => {
	assert.equal(expandParameters(all(4), { 'certificate-lifetime': hours(24) })['certificate-lifetime'], hours(24));
	assert.equal(expandParameters(all(0), { 'link-encryption': 'tls1.3' })['link-encryption'], 'tls1.3');
	for (const tighten of [{ 'certificate-lifetime': days(8) }, { 'firmware-signed': 2 }, { 'key-strength': '128' }]) {
		assert.throws(
			() => expandParameters(all(4), tighten),
			(error) => error instanceof Problem && error.code === 'policy-laxer',
		);
	}
});

test('a higher level is never laxer in any parameter', () => {
	fc.assert(
		fc.property(fc.constantFrom(...levels), fc.constantFrom(...levels), (a, b) => {
			const [low, high] = [Math.min(a, b) as Level, Math.max(a, b) as Level];
			for (const { direction } of comparePolicies(
				{ parameters: expandParameters(all(low)) },
				{ parameters: expandParameters(all(high)) },
			)) {
				assert.equal(direction, 'stricter');
			}
		}),
	);
});

test('comparing names what changed and which way', () => {
	const lax = { parameters: expandParameters(all(1)) };
	const strict = {
		parameters: expandParameters(all(1), { 'grant-expiry': days(30), 'certificate-lifetime': days(30) }),
	};
	assert.deepEqual(comparePolicies(lax, lax), []);
	assert.deepEqual(comparePolicies(lax, strict), [
		{ requirement: 'certificate-lifetime', before: days(1825), after: days(30), direction: 'stricter' },
		{ requirement: 'grant-expiry', before: null, after: days(30), direction: 'stricter' },
	]);
	assert.deepEqual(
		comparePolicies(strict, lax).map(({ direction }) => direction),
		['laxer', 'laxer'],
	);
});

test('a sleeper gets three times its longest sleep, 90 d at most, and never less than the others', () => {
	const strict = { parameters: expandParameters(all(4)) };
	assert.equal(certificateLifetime(strict, null), days(7));
	assert.equal(certificateLifetime(strict, sleeper()), days(7));
	assert.equal(certificateLifetime(strict, sleeper(days(1))), days(7));
	assert.equal(certificateLifetime(strict, sleeper(days(10))), days(30));
	assert.equal(certificateLifetime(strict, sleeper(days(60))), days(90));
	assert.equal(certificateLifetime({ parameters: expandParameters(all(1)) }, sleeper(days(60))), days(1825));
	assert.equal(certificateLifetime({ parameters: expandParameters(all(0)) }, sleeper(days(60))), null);
});

test('what can be enforced goes as far as it is built', () => {
	const strict = expandParameters(all(4));
	assert.equal(enforceable(strict, 'certificate-lifetime'), days(7));
	assert.equal(enforceable(strict, 'ledger'), 'witnessed');
	assert.equal(enforceable(strict, 'expected-device'), 'token-this-part');
	assert.equal(enforceable(expandParameters(all(1)), 'expected-device'), null);
	for (const { id, enforcement } of catalogue) {
		if (enforcement === 'not built') assert.equal(enforceable(strict, id), null);
	}
	assert.ok(satisfies('link-encryption', 'tls1.3', null));
	assert.ok(!satisfies('link-encryption', 'tls1.2-aead', 'tls1.3'));
});
