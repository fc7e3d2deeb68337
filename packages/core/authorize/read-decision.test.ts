import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StreamName } from '../device/stream-name.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Grant } from '../port/grant-store.ts';
import { days } from '../units/milliseconds.ts';
import { grantOf, now, policyWith } from './authorize.fixture.ts';
import { judgeRead } from './read-decision.ts';

const desk: PrincipalName = { kind: 'reader', application: 'hall', id: 'desk' };
const stream: StreamName = { application: 'hall', device: 'probe-1', stream: 'dose-rate' };
const policy = policyWith();

test('a grant that stands allows, until it ends', () => {
	assert.deepEqual(judgeRead(desk, stream, policy, [grantOf()], now), { allowed: true, until: now + days(1) });
	assert.deepEqual(judgeRead(desk, stream, policy, [grantOf({ device: '*' })], now), {
		allowed: true,
		until: now + days(1),
	});
	const two = [grantOf(), grantOf({ id: 'h', expires: now + days(3) })];
	assert.deepEqual(judgeRead(desk, stream, policy, two, now), { allowed: true, until: now + days(3) });
});

test('a grant counts from its first moment until just before its last', () => {
	const grant = grantOf();
	const allowed = (at: number): boolean => judgeRead(desk, stream, policy, [grant], at).allowed;
	assert.deepEqual([grant.from - 1, grant.from, grant.expires - 1, grant.expires].map(allowed), [
		false,
		true,
		true,
		false,
	]);
});

test('a tightened expiry ends a longer grant', () => {
	const tight = policyWith({ more: 'tighten: { grant-expiry: 36h }' });
	const grant = grantOf({ expires: now + days(300) });
	const allowed = (at: number): boolean => judgeRead(desk, stream, tight, [grant], at).allowed;
	assert.deepEqual(judgeRead(desk, stream, tight, [grant], now), { allowed: true, until: grant.from + days(1.5) });
	assert.deepEqual([grant.from + days(1.5) - 1, grant.from + days(1.5)].map(allowed), [true, false]);
});

test('everybody without a right hears the same', () => {
	const refused = [
		judgeRead(desk, stream, policy, [], now),
		judgeRead(desk, { ...stream, device: 'ghost' }, policy, [grantOf()], now),
		judgeRead(desk, { ...stream, stream: 'ghost' }, policy, [grantOf()], now),
		judgeRead({ ...desk, id: 'ghost' }, stream, policy, [grantOf({ reader: 'ghost' })], now),
		judgeRead({ ...desk, kind: 'device' }, stream, policy, [grantOf()], now),
		judgeRead({ ...desk, application: 'other' }, stream, policy, [grantOf()], now),
		judgeRead(desk, { ...stream, application: 'other' }, policy, [grantOf()], now),
		judgeRead(desk, stream, null, [grantOf()], now),
		// Written into the database past the ledger.
		judgeRead(desk, stream, policy, [grantOf({ unrecorded: true })], now),
		// The policy names nobody for `state`, so a grant that was planted there opens nothing.
		judgeRead(desk, { ...stream, stream: 'state' }, policy, [grantOf({ stream: 'state' })], now),
	];
	for (const decision of refused) assert.deepEqual(decision, refused[0]);
	assert.equal(refused[0]?.allowed, false);
});

test('nothing is ever allowed without a grant that matches, stands, and is one of a reader whom the policy names', () => {
	const application = fc.constantFrom('hall', 'hall', 'hall', 'hall', 'hall', 'hall', 'other');
	const reader = fc.constantFrom('desk', 'desk', 'board', 'ghost');
	const device = fc.constantFrom('probe-1', 'probe-2', '*');
	const name = fc.constantFrom('dose-rate', 'dose-rate', 'dose-rate', 'state', 'ghost');
	const moment = fc.integer({ min: now - 5, max: now + 5 });
	const grant = fc.record<Grant>({
		id: fc.constant('g'),
		application,
		reader,
		device,
		stream: name,
		purpose: fc.constant('test'),
		from: moment,
		expires: moment,
		ended: fc.constantFrom(null, null, now),
	});
	const principal = fc.record<PrincipalName>({
		kind: fc.constantFrom('reader', 'reader', 'device'),
		application,
		id: reader,
	});
	const asked = fc.record<StreamName>({ application, device: fc.constantFrom('probe-1', 'probe-2'), stream: name });
	let allowed = 0;
	fc.assert(
		fc.property(principal, asked, fc.array(grant, { maxLength: 6 }), moment, (who, what, grants, at) => {
			const right = grants.some(
				(one) =>
					one.application === what.application &&
					one.reader === who.id &&
					one.stream === what.stream &&
					(one.device === '*' || one.device === what.device) &&
					one.ended === null &&
					one.from <= at &&
					at < one.expires,
			);
			const named = who.kind === 'reader' && who.application === 'hall' && what.application === 'hall';
			const expected = right && named && what.stream === 'dose-rate' && who.id !== 'ghost';
			const decision = judgeRead(who, what, policy, grants, at);
			assert.equal(decision.allowed, expected);
			if (decision.allowed) {
				allowed++;
				assert(decision.until > at);
			}
		}),
		{ numRuns: 20_000 },
	);
	assert(allowed > 100, 'the property hardly ever saw a right');
});
