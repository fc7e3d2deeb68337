import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '../units/milliseconds.ts';
import { judgeKeyChange } from './key-change.ts';
import {
	askedOf,
	ASKS_NOTHING,
	dueOf,
	type Exercise,
	type ExercisedDevice,
	kindWanted,
	readExercise,
	standingOf,
	writeExercise,
} from './key-exercise.ts';

const started = 1_800_000_000_000;
const later = started + days(3);
const exercise: Exercise = {
	...{ started, over: days(2), kind: 'P-384', newAuthority: false, link: null },
	...{ state: 'running', reason: null, back: null },
};
const says = { makes: ['P-256', 'P-384'], link: 'tls1.3', failed: null } as const;
const device: ExercisedDevice = {
	...{ device: 'probe-1', kind: 'P-256', kindBefore: 'P-256', sameIssuer: true },
	...{ since: started - days(1), said: says },
};
const there = { ...device, kind: 'P-384', since: later } as const;

test('each device is asked from its own moment, for the kind that is wanted, until it has it', () => {
	const due = dueOf(exercise, 'probe-1');
	assert.ok(due >= started && due < started + days(2));
	assert.deepEqual(askedOf(exercise, device, due - 1), ASKS_NOTHING);
	assert.deepEqual(askedOf(exercise, device, due), { rekey: true, kind: 'P-384', link: null });
	assert.deepEqual(askedOf(exercise, there, later), ASKS_NOTHING);
	assert.deepEqual(
		[standingOf(exercise, device, due - 1).state, standingOf(exercise, device, due).state],
		['waiting', 'asked'],
	);
	assert.equal(standingOf(exercise, there, later).state, 'done');
	for (const state of ['paused', 'halted'] as const)
		assert.deepEqual(askedOf({ ...exercise, state }, device, later), ASKS_NOTHING, state);
});

test('a device that makes no such key is named with why, and is not asked; a new key of its old kind is no way there', () => {
	const weak = { ...device, said: { ...says, makes: ['P-256'] } } as const;
	assert.deepEqual(askedOf(exercise, weak, later), ASKS_NOTHING);
	assert.deepEqual(standingOf(exercise, weak, later), {
		state: 'stays',
		why: 'the place of its keys makes P-256, and no P-384',
	});
	assert.equal(standingOf(exercise, { ...device, since: later }, later).state, 'asked');
	const failed = { ...device, said: { ...says, failed: 'token-absent: it is away' } };
	assert.deepEqual(standingOf(exercise, failed, later), { state: 'failed', why: 'token-absent: it is away' });
});

test('back, each device is asked for what it had, and one that had nothing then for nothing', () => {
	const back = { ...exercise, back: later };
	const now = later + days(2);
	assert.deepEqual(askedOf(back, there, now), { rekey: true, kind: 'P-256', link: null });
	assert.deepEqual(askedOf(back, device, now), ASKS_NOTHING);
	assert.deepEqual(askedOf(back, { ...there, kindBefore: null }, now), ASKS_NOTHING);
	// A new CA is left by another key, certified by the former one.
	const newAuthority = { ...back, kind: null, newAuthority: true };
	assert.deepEqual(askedOf(newAuthority, { ...device, sameIssuer: false }, now), {
		...{ rekey: true, kind: 'P-256', link: null },
	});
	assert.deepEqual(askedOf(newAuthority, device, now), ASKS_NOTHING);
});

test('a link is raised where it is lower, and given back by those that say they raised it; keys stay then', () => {
	const raise: Exercise = { ...exercise, kind: null, link: 'tls1.3-pq' };
	assert.deepEqual(askedOf(raise, device, later), { rekey: false, kind: null, link: 'tls1.3-pq' });
	const raised = { ...device, said: { ...says, link: 'tls1.3-pq' } } as const;
	assert.deepEqual(askedOf(raise, raised, later), ASKS_NOTHING);
	const back = { ...raise, back: later };
	assert.deepEqual(askedOf(back, raised, later + days(2)), { rekey: false, kind: null, link: 'before' });
	assert.deepEqual(askedOf(back, device, later + days(2)), ASKS_NOTHING);
});

test('while a kind is asked for, no key of another one is certified: not for saying that it makes none once it had it', () => {
	assert.equal(kindWanted(exercise, device, started), null, 'its turn has not come');
	assert.equal(kindWanted(exercise, device, later), 'P-384');
	const liar = { ...says, makes: ['P-256'] } as const;
	assert.equal(kindWanted(exercise, { ...device, said: liar }, later), null);
	assert.equal(kindWanted(exercise, { ...there, said: liar }, later), 'P-384');
	assert.equal(kindWanted({ ...exercise, state: 'paused' }, there, later), 'P-384');
	assert.equal(kindWanted({ ...exercise, back: later }, there, later), 'P-256', 'back to what it was, and no other');
	const [old, next] = [Uint8Array.of(1), Uint8Array.of(2)];
	const codes = (requested: 'P-256' | 'P-384', key = next) =>
		judgeKeyChange(old, key, [], later, { asked: 'P-384', requested }).map(({ code }) => code);
	assert.deepEqual([codes('P-256'), codes('P-384')], [['key-kind'], []]);
});

test('what is kept of an exercise reads the same', () => {
	assert.deepEqual(readExercise(writeExercise(exercise)), exercise);
});
