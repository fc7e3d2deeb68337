import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '@keyward/core/policy';
import { createOverload, type SeenOverload } from './overload.ts';

const open = () => {
	const facts: Fact[] = [];
	const over: SeenOverload[] = [];
	const clock = { now: 1_800_000_000_000 };
	const overload = createOverload(
		(fact) => facts.push(fact),
		(seen) => over.push(seen),
		() => clock.now,
	);
	const last = () => {
		const fact = facts.at(-1);
		return fact && [fact.value, fact.strength, fact.source];
	};
	return { overload, facts, over, clock, last };
};

test('without an overload there is the claim alone', () => {
	const { overload, last, facts } = open();
	overload.listening();
	overload.acknowledged({ longest: 3000 });
	overload.refused('reading-range', 1000);
	assert.deepEqual([last(), facts.length], [[true, 'claimed', 'service'], 1]);
});

test('an overload in which devices were served is observed, once it is more than one impatient client', () => {
	const { overload, last, facts, over, clock } = open();
	overload.refused('service-busy', 19);
	overload.acknowledged({ longest: 12 });
	assert.equal(facts.length, 0);
	clock.now += 1000;
	overload.refused('subscription-refused', 1);
	assert.deepEqual(last(), [true, 'observed', 'overload']);
	clock.now += 5001;
	overload.acknowledged({ longest: 4000 });
	assert.deepEqual([over, facts.length], [[{ refused: 20, longest: 12 }], 1]);
});

test('one in which a device waited too long says so, from the first refusal; the next that is held takes its place', () => {
	const { overload, last, clock } = open();
	overload.acknowledged({ longest: 1500 });
	clock.now += 500;
	overload.refused('service-busy', 1);
	assert.deepEqual(last(), [
		'an acknowledgement took 1.5 s while 1 requests over budget were refused',
		'observed',
		'overload',
	]);
	overload.refused('service-busy', 100);
	overload.acknowledged({ longest: 5 });
	assert.match(String(last()?.[0]), /took 1\.5 s while 101 requests/);
	clock.now += 6000;
	overload.refused('service-busy', 100);
	overload.acknowledged({ longest: 5 });
	assert.deepEqual(last(), [true, 'observed', 'overload']);
});

test('an overload in which nobody published shows nothing', () => {
	const { overload, facts, over, clock } = open();
	overload.refused('service-busy', 1000);
	clock.now += 6000;
	overload.refused('service-busy', 1);
	assert.deepEqual([facts, over], [[], [{ refused: 1000, longest: null }]]);
});
