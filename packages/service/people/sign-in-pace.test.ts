import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, minutes, Problem } from '@keyward/core';
import { createSignInPace, type SignInPace } from './sign-in-pace.ts';

const start: Instant = 3_600_000_000;

const isTaken = (pace: SignInPace, network: string): boolean => {
	try {
		pace.take(network);
		return true;
	} catch (error) {
		assert.ok(error instanceof Problem && error.code === 'sign-in-too-often');
		return false;
	}
};

/** How many of twenty tries from each of so many networks are taken. */
const flood = (pace: SignInPace, prefix: string, networks: number): number =>
	Array.from({ length: networks * 20 }, (_, index) => isTaken(pace, `${prefix}.${index % networks}`)).filter(Boolean)
		.length;

test('who signed in comes in from there while strangers use up what is for all of them', () => {
	let now = start;
	const pace = createSignInPace({ now: () => now }, [{ from: '192.0.2.2', person: 'ben' }]);
	assert.equal(isTaken(pace, '192.0.2.1'), true);
	pace.proved('192.0.2.1', 'anna');
	pace.proved('2001:db8:1:2', 'anna');
	assert.equal(flood(pace, '198.51.100', 11), 199);
	assert.equal(isTaken(pace, '192.0.2.3'), false, 'a stranger');
	assert.equal(isTaken(pace, '192.0.2.2'), true, 'by a session of before the restart');
	assert.equal(isTaken(pace, '2001:db8:1:ffff'), true, 'the same subscriber');
	const own = Array.from({ length: 20 }, () => isTaken(pace, '192.0.2.1')).filter(Boolean);
	assert.equal(own.length, 19, 'a known network may no more than another');
	now += minutes(1);
	assert.equal(isTaken(pace, '192.0.2.3'), true);
});

test('known networks have a bound of all of them too, and one who was removed makes none known', () => {
	const pace = createSignInPace({ now: () => start }, []);
	for (let one = 0; one < 12; one++) pace.proved(`192.0.2.${one}`, `p${one}`);
	assert.equal(flood(pace, '192.0.2', 12), 200);
	assert.equal(isTaken(pace, '198.51.100.1'), true, 'what is for strangers is left to them');

	const next = createSignInPace({ now: () => start }, [{ from: '192.0.2.1', person: 'anna' }]);
	next.forget('anna');
	assert.equal(flood(next, '198.51.100', 10), 200);
	assert.equal(isTaken(next, '192.0.2.1'), false);
});

test('who has thousands of IPv6 networks tries no more often than others', () => {
	const pace = createSignInPace({ now: () => 1_795_000_000_000 }, []);
	for (let network = 0; network < 20; network++) pace.take(`2001:db8:1:${network}`);
	assert.throws(() => pace.take('2001:db8:1:20'), { code: 'sign-in-too-often' });
	pace.take('2001:db8:2:0');
});
