import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '../units/milliseconds.ts';
import { grantOf, now, policyWith } from './authorize.fixture.ts';
import { defaultGrantEnd, judgeGrant } from './grant.ts';

const policy = policyWith();
const code = (change: Parameters<typeof grantOf>[0], under = policy): string | null =>
	judgeGrant(grantOf(change), under)?.code ?? null;

test('a grant of a named reader over a stream of the policy is accepted', () => {
	assert.equal(code({}), null);
	assert.equal(code({ device: '*', reader: 'board' }), null);
});

test('streams that the policy does not have, and readers that it does not name, are refused with what there is', () => {
	assert.match(judgeGrant(grantOf({ stream: 'ghost' }), policy)?.reason ?? '', /dose-rate, state/);
	assert.equal(code({ stream: 'ghost' }), 'reading-unknown-stream');
	assert.match(judgeGrant(grantOf({ reader: 'ghost' }), policy)?.reason ?? '', /desk, board/);
	assert.equal(code({ reader: 'ghost' }), 'reader-unknown');
	assert.match(judgeGrant(grantOf({ stream: 'state' }), policy)?.reason ?? '', /nobody/);
});

test('a grant lasts as long as the policy allows, to the millisecond', () => {
	const longest = policy.parameters['grant-expiry'];
	assert(typeof longest === 'number');
	assert.equal(code({ from: now, expires: now + longest }), null);
	assert.equal(code({ from: now, expires: now + longest + 1 }), 'grant-too-long');
	const lax = policyWith({ level: 1 });
	assert.equal(lax.parameters['grant-expiry'], null);
	assert.equal(code({ from: now, expires: now + days(36_500) }, lax), null);
});

test('a grant begins before it ends', () => {
	assert.equal(code({ from: now, expires: now }), 'grant-too-long');
	assert.equal(code({ from: now, expires: now - 1 }), 'grant-too-long');
	assert.equal(code({ from: now, expires: now + 1 }), null);
});

test('a grant that names no end gets the longest, a year at most', () => {
	assert.equal(defaultGrantEnd(policyWith({ level: 1 }), now), now + days(365));
	assert.equal(defaultGrantEnd(policyWith({ level: 2 }), now), now + days(365));
	assert.equal(defaultGrantEnd(policyWith({ level: 4 }), now), now + days(90));
	for (const level of [1, 2, 3, 4]) {
		const under = policyWith({ level });
		const ends = { from: now, expires: defaultGrantEnd(under, now) };
		assert.equal(code({ ...ends, held: 'roster-2-of-3' }, under), null);
	}
});

test('at the stricter levels the service grants nothing itself: a roster does, signed by two of three at the strictest', () => {
	for (const [level, held, expected] of [
		[2, undefined, null],
		[3, undefined, 'not-granted'],
		[3, 'roster', null],
		[4, 'roster', 'not-granted'],
		[4, 'roster-2-of-3', null],
	] as const) {
		const ends = { from: now, expires: now + days(1), ...(held !== undefined && { held }) };
		assert.equal(code(ends, policyWith({ level })), expected);
	}
	assert.equal(code({ from: now, expires: now + days(1) }, policyWith({ level: 4, mode: 'audit' })), null);
	const known = policyWith({ level: 4 });
	const policy = { ...known, parameters: { ...known.parameters, 'explicit-readers': 'roster-3-of-5' } };
	const ends = { from: now, expires: now + days(1), held: 'roster-2-of-3' } as const;
	assert.equal(code(ends, policy), 'not-granted', 'a holder that is not known here holds nothing');
});
