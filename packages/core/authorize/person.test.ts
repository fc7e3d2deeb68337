import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personRoles, type PersonStep, personSteps } from '../port/person-store.ts';
import { hours, minutes } from '../units/milliseconds.ts';
import { authorize, type CallEvidence } from './authorize.ts';
import { now, policyWith } from './authorize.fixture.ts';
import type { Caller, OperationRule } from './caller.ts';
import { type DualControl, dualControlAsked } from './dual-control.ts';
import { type PersonEvidence, usualPersonTerms } from './person.ts';

const place = { from: '192.0.2.7', browser: 'Firefox on Linux' };
const caller: Caller = { kind: 'person', session: '00', link: null, place };
const operator: Caller = { kind: 'operator', login: 'root' };
const anna: PersonEvidence = {
	session: {
		person: 'anna',
		step: 'passkey',
		...place,
		credential: 'AQID',
		opened: now - minutes(5),
		seen: now - minutes(1),
	},
	person: { name: 'anna', role: 'owner', at: now - hours(1) },
	stands: true,
	place,
	terms: usualPersonTerms,
	asked: 'passkey',
};
const quiet: DualControl = { asked: null, caller: 'person anna', approvedBy: null, overridden: false, people: 2 };
const see: OperationRule = { name: 'audit.list', callers: [{ kind: 'person', role: 'owner' }] };
const change: OperationRule = { ...see, name: 'policy.apply', privileged: true };

const said = (
	operation: OperationRule,
	person: PersonEvidence | null,
	dual = quiet,
	at = now,
	who: Caller = caller,
): string => {
	const evidence: CallEvidence = { holder: null, policy: null, grants: [], person, dual };
	const decision = authorize(who, operation, {}, evidence, at);
	return decision.allowed ? 'allowed' : `${decision.refusal.code} (${decision.refusal.requirement})`;
};

test('a person who is signed in does what their role may, and is named', () => {
	const evidence = { holder: null, policy: null, grants: [], person: anna, dual: quiet };
	assert.deepEqual(authorize(caller, see, {}, evidence, now), {
		...{ allowed: true, principal: null, breaches: [], person: { name: 'anna', role: 'owner' } },
		until: now + minutes(9),
	});
	for (const role of personRoles) {
		const expected = role === 'owner' ? 'allowed' : 'not-granted (deny-by-default)';
		assert.equal(said(see, { ...anna, person: { name: 'anna', role, at: 0 } }), expected, role);
	}
});

test('no session, one that was ended, and one of another or nobody, speaks for nobody', () => {
	const nobody = 'not-authenticated (person-authentication)';
	assert.equal(said(see, null), 'not-authenticated (device-authentication)');
	assert.equal(said(see, { ...anna, session: null }), nobody);
	assert.equal(said(see, { ...anna, person: null }), nobody);
	assert.equal(said(see, { ...anna, stands: false }), nobody, 'its passkey lets nobody in any more');
	assert.equal(said(see, { ...anna, person: { name: 'ben', role: 'owner', at: 0 } }), nobody);
});

test('a session is taken where it was opened: in that network, and in that browser', () => {
	const at = (from: string, browser = place.browser, opened = anna.session) =>
		said(see, { ...anna, session: opened, place: { from, browser } });
	const elsewhere = 'session-elsewhere (session-limits)';
	assert.equal(at('192.0.2.200'), 'allowed', 'a provider gives another address of the same network');
	assert.equal(at('192.0.3.7'), elsewhere);
	assert.equal(at('local'), elsewhere);
	assert.equal(at('192.0.2.7', 'Chrome on Linux'), elsewhere);
	const { session } = anna;
	assert.ok(session !== null);
	assert.equal(at('192.0.2.7', 'Chrome on Linux', { ...session, browser: null }), 'allowed', 'it was not kept before');
	assert.equal(at('0:0:0:0', undefined, { ...session, from: '127.0.0.1' }), 'allowed', 'localhost is either');
	assert.equal(at('127.0.1.1', undefined, { ...session, from: '127.0.0.1' }), elsewhere);
	assert.equal(at('2001:db8:0:2', undefined, { ...session, from: '2001:db8:0:1' }), elsewhere);
});

test('an idle session locks, a long one ends, at their very moment', () => {
	const { session } = anna;
	assert.ok(session !== null);
	const idle = session.seen + usualPersonTerms.idle;
	assert.equal(said(see, anna, quiet, idle - 1), 'allowed');
	assert.equal(said(see, anna, quiet, idle), 'session-locked (session-limits)');
	const busy = { ...anna, session: { ...session, seen: session.opened + hours(8) - 1 } };
	assert.equal(said(see, busy, quiet, session.opened + hours(8) - 1), 'allowed');
	assert.equal(said(see, busy, quiet, session.opened + hours(8)), 'session-ended (session-limits)');
});

test('where hardware is asked, another passkey opens nothing', () => {
	const asked = { ...anna, asked: 'passkey-hardware' };
	assert.equal(said(see, asked), 'passkey-too-weak (person-authentication)');
	const { session } = anna;
	assert.ok(session !== null);
	assert.equal(said(see, { ...asked, session: { ...session, step: 'passkey-hardware' } }), 'allowed');
});

test('what another issuer vouches for opens no more than it proved', () => {
	const { session } = anna;
	assert.ok(session !== null);
	const by = (step: PersonStep, asked: PersonEvidence['asked']): string =>
		said(see, { ...anna, asked, session: { ...session, step } });
	const weak = 'passkey-too-weak (person-authentication)';
	for (const [at, step] of personSteps.entries()) {
		assert.equal(by(step, null), 'allowed');
		for (const [asked, wanted] of personSteps.entries())
			assert.equal(by(step, wanted), at >= asked ? 'allowed' : weak, `${step} where ${wanted} is asked`);
		assert.equal(by(step, 'passkey-of-tomorrow'), weak, 'what is not known here nothing proves');
	}
});

test('a grant is for the holder of a certificate: no person reads a stream by their role', () => {
	assert.equal(said({ ...see, reads: 'stream' }, anna), 'not-granted (deny-by-default)');
});

test('dual control: another person approves, or an override stands; one’s own approval does not count', () => {
	const needed = 'approval-needed (dual-control)';
	const asked: DualControl = { ...quiet, asked: 'enforce' };
	const rule: OperationRule = { ...change, callers: [...change.callers, { kind: 'operator' }] };
	for (const who of [caller, operator]) {
		assert.equal(said(rule, anna, asked, now, who), needed);
		assert.equal(said(rule, anna, { ...asked, approvedBy: 'person anna' }, now, who), needed);
		assert.equal(said(rule, anna, { ...asked, approvedBy: 'person ben' }, now, who), 'allowed');
		assert.equal(said(rule, anna, { ...asked, overridden: true }, now, who), 'allowed');
		assert.equal(said(rule, anna, { ...asked, asked: 'audit' }, now, who), 'allowed');
		assert.equal(said({ ...rule, name: 'x', privileged: 'but-first' }, anna, asked, now, who), needed);
		assert.equal(said({ ...rule, privileged: 'but-first' }, anna, { ...asked, people: 0 }, now, who), 'allowed');
		assert.equal(said({ ...rule, privileged: true }, anna, { ...asked, people: 0 }, now, who), needed);
	}
	assert.equal(said(see, anna, asked), 'allowed', 'what is not privileged');
	const approved = authorize(
		...([caller, change, {}] as const),
		{ holder: null, policy: null, grants: [], person: anna, dual: { ...asked, approvedBy: 'person ben' } },
		now,
	);
	assert.equal(approved.allowed && approved.approvedBy, 'person ben');
});

test('a policy in `enforce` asks before one in `audit`', () => {
	const policyOf = (level: number, mode: 'enforce' | 'audit') => policyWith({ level, mode });
	assert.equal(dualControlAsked([policyOf(3, 'enforce')]), null);
	assert.equal(dualControlAsked([policyOf(4, 'audit'), policyOf(2, 'enforce')]), 'audit');
	assert.equal(dualControlAsked([policyOf(4, 'audit'), policyOf(4, 'enforce')]), 'enforce');
});
