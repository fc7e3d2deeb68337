import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '../units/milliseconds.ts';
import { authorize, type CallEvidence } from './authorize.ts';
import { certificateOf, grantOf, now, policyWith, principalOf } from './authorize.fixture.ts';
import type { Caller, OperationRule } from './caller.ts';
import type { DualControl } from './dual-control.ts';
import { judgeKind } from './judge-kind.ts';

const link = { protocol: 'TLSv1.3', groups: 'any' } as const;
const shown: Caller = { kind: 'certificate', fingerprint: '00', link };
const desk = { kind: 'reader', id: 'desk', class: null } as const;
const alone: DualControl = { asked: null, caller: 'x', approvedBy: null, overridden: false, people: 2 };
const holder = {
	certificate: certificateOf(),
	principal: principalOf(desk),
	policy: policyWith(),
	issuerCounts: true,
};
const evidence: CallEvidence = { holder, policy: policyWith(), grants: [grantOf()], person: null, dual: alone };
const read: OperationRule = {
	...{ name: 'readings.read', reads: 'stream' },
	callers: [{ kind: 'certificate', role: 'reader' }],
};
const manage: OperationRule = { name: 'grant.add', callers: [{ kind: 'operator' }] };
const dose = { application: 'hall', device: 'probe-1', stream: 'dose-rate', after: 0, limit: 1 };

const said = (
	caller: Caller,
	operation: OperationRule | null,
	input: unknown = dose,
	change: Partial<CallEvidence> = {},
): string => {
	const decision = authorize(caller, operation, input, { ...evidence, ...change }, now);
	return decision.allowed ? 'allowed' : `${decision.refusal.code} (${decision.refusal.requirement})`;
};

const denied = 'not-granted (deny-by-default)';

test('a reader with a grant reads until the grant or its certificate ends, whichever is first', () => {
	const principal = { kind: 'reader', application: 'hall', id: 'desk' };
	assert.deepEqual(authorize(shown, read, dose, evidence, now), {
		...{ allowed: true, principal, until: now + days(1), breaches: [] },
	});
	const certificate = certificateOf({ notAfter: now + 5 });
	const soon = authorize(shown, read, dose, { ...evidence, holder: { ...holder, certificate } }, now);
	assert.equal(soon.allowed && soon.until, now + 5);
});

test('an operation without an entry, and one that names nobody, is refused to everybody', () => {
	for (const caller of [{ kind: 'operator' }, { kind: 'anonymous', link }, shown] as const) {
		assert.equal(said(caller, null), denied);
		const expected = caller.kind === 'anonymous' ? 'not-authenticated (device-authentication)' : denied;
		assert.equal(said(caller, { ...read, callers: [] }), expected);
		assert.equal(said(caller, { name: 'x', callers: [] }), expected);
	}
});

test('the kind of caller is not enough: the registry says whose certificate it is, and in which role', () => {
	assert.equal(said(shown, read), 'allowed');
	assert.equal(said(shown, read, dose, { holder: { ...holder, principal: principalOf() } }), denied);
	assert.equal(said(shown, manage, {}), denied);
	assert.equal(said({ kind: 'operator' }, manage, {}), 'allowed');
	assert.equal(said({ kind: 'anonymous', link }, manage, {}), 'not-authenticated (device-authentication)');
});

test('without evidence nobody is anybody', () => {
	assert.equal(said(shown, read, dose, { holder: null }), 'not-authenticated (device-authentication)');
	const unknown = 'certificate-unknown (deny-by-default)';
	assert.equal(said(shown, read, dose, { holder: { ...holder, certificate: null } }), unknown);
	assert.equal(said(shown, read, dose, { holder: { ...holder, principal: null } }), unknown);
	assert.equal(said(shown, read, dose, { grants: [] }), denied);
	assert.equal(said(shown, read, dose, { policy: null }), denied);
});

test('a grant covers the stream that the input names, and no input without one', () => {
	for (const input of [null, 'x', {}, { application: 'hall', device: 'probe-1' }, { ...dose, stream: ['dose-rate'] }])
		assert.equal(said(shown, read, input), denied, JSON.stringify(input));
	assert.equal(said(shown, read, { ...dose, stream: 'state' }), denied);
});

test('a caller without a certificate holds no grant, also where a rule names such callers for readings', () => {
	assert.equal(said({ kind: 'operator' }, { ...read, callers: [{ kind: 'operator' }] }), denied);
});

test('the link is judged at every call, and what the mode `audit` let in is told', () => {
	const hybrid = { 'link-encryption': 'tls1.3-pq' };
	const policyOf = (mode: 'enforce' | 'audit') => {
		const policy = policyWith({ mode });
		return { ...policy, parameters: { ...policy.parameters, ...hybrid } };
	};
	const under = (mode: 'enforce' | 'audit', caller: Caller = shown) =>
		authorize(caller, read, dose, { ...evidence, holder: { ...holder, policy: policyOf(mode) } }, now);
	const refusal = {
		...{ code: 'link-too-weak', requirement: 'link-encryption' },
		reason: 'the link is tls1.3, the policy asks tls1.3-pq',
	};
	assert.deepEqual(under('enforce'), { allowed: false, refusal });
	const reported = under('audit');
	assert.deepEqual(reported.allowed && reported.breaches, [refusal]);
	assert.equal(under('enforce', { ...shown, link: { ...link, groups: 'hybrid' } }).allowed, true);
});

test("the listener's look refuses what `authorize` refuses, and only by the kind of the caller", () => {
	assert.equal(judgeKind({ kind: 'certificate' }, read), null);
	assert.equal(judgeKind({ kind: 'certificate' }, manage)?.code, 'not-granted');
	assert.equal(judgeKind({ kind: 'anonymous' }, read)?.code, 'not-authenticated');
	assert.equal(judgeKind({ kind: 'operator' }, null)?.code, 'not-granted');
});
