import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instrument } from '../device/instrument.ts';
import { instant } from '../units/instant.ts';
import { hours } from '../units/milliseconds.ts';
import { catalogue } from './catalogue/index.ts';
import type { Component, Fact } from './fact.ts';
import type { KnownInstrument } from './instrument-link.ts';
import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import { expandParameters } from './parameters.ts';
import { pathsOf } from './path.ts';
import { pathLinks, pathNames, placeOn } from './path-place.ts';
import type { Policy } from './policy.ts';
import { postureOf, rollUpOf } from './posture.ts';

const now = instant('2026-11-22T12:00:00Z');
const gamma: Component = { kind: 'device', application: 'hall', id: 'gamma-1' };
const desk: Component = { kind: 'reader', application: 'hall', id: 'desk' };

const policyAt = (level: Level): Policy => {
	const levels = Object.fromEntries(objectives.map((objective) => [objective, level])) as Record<Objective, Level>;
	return {
		...{ application: 'hall', level: levels, mode: 'enforce' },
		...{ streams: new Map(), commands: new Map(), devices: new Map(), parameters: expandParameters(levels, {}) },
	};
};

const fact = (subject: Component, claim: Fact['claim'], value: Fact['value']): Fact => ({
	...{ subject, claim, value, strength: 'observed', source: 'listener', at: now - hours(1) },
});

const facts = [
	fact(gamma, 'link-encryption', 'tls1.3'),
	fact(gamma, 'link-integrity', true),
	fact(gamma, 'unique-key', true),
	fact(desk, 'unique-key', 'the same key as device gamma-1'),
];

test('every requirement stands on a path, at a link of it', () => {
	for (const { id, applies } of catalogue)
		for (const kind of applies) {
			const places = pathNames.flatMap((path) => {
				const at = placeOn(path, id, kind);
				if (at !== null) assert.ok((pathLinks[path] as readonly string[]).includes(at), `${id} on ${path} at ${at}`);
				return at ?? [];
			});
			assert.notDeepEqual(places, [], `${id} at ${kind}`);
		}
});

test('the least of all paths is what posture says of each objective', () => {
	for (const level of [0, 1, 3] as const) {
		const rollUp = rollUpOf(policyAt(level), [gamma, desk], facts, now);
		const { paths } = pathsOf(rollUp, []);
		assert.deepEqual(
			paths.map(({ path, links }) => [path, links.map(({ link }) => link)]),
			pathNames.map((path) => [path, [...pathLinks[path]]]),
		);
		for (const { objective, held } of postureOf(rollUp).objectives) {
			const found = paths.flatMap(({ links }) =>
				links.flatMap((link) => link.objectives.filter((one) => one.objective === objective)),
			);
			assert.equal(Math.min(...found.map(({ achieved }) => achieved)), held, objective);
		}
	}
});

test('a weakness is on the paths that it opens and on no other', () => {
	const { paths } = pathsOf(rollUpOf(policyAt(2), [gamma, desk], facts, now), []);
	const found = (requirement: string) =>
		paths.flatMap(({ path, links }) =>
			links.flatMap(({ link, weaknesses }) =>
				weaknesses
					.filter((one) => one.requirement === requirement)
					.map(({ components }) => `${path} ${link} ${components.map(({ id }) => id).join()}`),
			),
		);
	assert.deepEqual(found('unique-key'), ['data keys desk', 'commissioning keys desk']);
	assert.deepEqual(found('firmware-signed'), ['update release update']);
	assert.deepEqual(found('signed-commands'), ['command device gamma-1']);
	assert.deepEqual(found('expected-device'), ['commissioning device gamma-1']);
});

test('a link of nothing is never the weakest', () => {
	const { paths } = pathsOf(rollUpOf(policyAt(4), [], [], now), [], ['data']);
	assert.deepEqual(
		paths.map(({ weakest }) => weakest),
		['service'],
	);
});

test('an instrument behind a device is the weakest link of the data path alone, where nothing protects its wire', () => {
	const behind = (wire: Instrument['wire'], isProtected: boolean, device = 'gamma-1'): KnownInstrument => ({
		...{ device, at: now - hours(1), instrument: { wire, protected: isProtected, streams: ['flow'] } },
	});
	const rollUp = rollUpOf(policyAt(1), [gamma, desk], facts, now);
	const withThem = (instruments: KnownInstrument[]) => pathsOf(rollUp, instruments).paths;
	const [data, ...others] = withThem([
		behind('modbus-rtu', false),
		behind('modbus-rtu', false, 'gamma-2'),
		behind('mqtt', true),
	]);
	const link = data?.links.find((one) => one.link === 'instrument');
	assert.equal(link?.components, 3);
	assert.deepEqual(
		link.objectives.map(({ objective, achieved }) => [objective, achieved]),
		['authenticity', 'integrity', 'confidentiality'].map((objective) => [objective, 0]),
	);
	const [worst] = link.weaknesses;
	assert.deepEqual([worst?.count, worst?.evidence?.strength, worst?.achieved], [2, 'claimed', 0]);
	assert.match(worst?.reason ?? '', /nothing protects modbus-rtu/);
	assert.deepEqual(others, withThem([]).slice(1));
	// By the device's word alone no wire holds more than 2.
	const [alone] = withThem([behind('mqtt', true)]);
	assert.ok(alone?.links[0]?.objectives.every(({ achieved }) => achieved === 2));
});
