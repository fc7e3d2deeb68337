import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from '../policy/read-policy.ts';
import { days } from '../units/milliseconds.ts';
import { certificateOf, now, policyWith, principalOf } from './authorize.fixture.ts';
import { judgeDeviceSession } from './essential-session.ts';
import type { SessionEvidence } from './session.ts';

const policy = parsePolicy(`
application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 1, resistance: 1 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [], essential: true }
  state: { unit: /, every: 10s, readers: [] }
devices:
  probe: { custody: [software], streams: [dose-rate, state] }
  other: { custody: [software], streams: [state] }
`);
const good: SessionEvidence = {
	...{ certificate: certificateOf(), principal: principalOf(), policy, issuerCounts: true },
	link: { protocol: 'TLSv1.3', groups: 'any' },
};
const judge = (change: Partial<SessionEvidence>, at = now): [string[], string | undefined] => {
	const { refusals, despite } = judgeDeviceSession({ ...good, ...change }, at);
	return [refusals.map(({ code }) => code), despite?.code];
};
const ended = now + days(20);

test('a certificate that ended, one that begins later, and a quarantine let essential streams in, and say despite what', () => {
	assert.deepEqual(judge({}), [[], undefined]);
	assert.deepEqual(judge({}, ended), [[], 'certificate-expired']);
	assert.deepEqual(judge({}, now - days(2)), [[], 'certificate-expired']);
	const quarantined = principalOf({ state: 'quarantined' });
	assert.deepEqual(judge({ principal: quarantined }), [[], 'device-quarantined']);
	assert.deepEqual(judge({ principal: quarantined }, ended), [[], 'device-quarantined']);
	assert.equal(judgeDeviceSession(good, ended).until, Number.POSITIVE_INFINITY);
	assert.equal(judgeDeviceSession({ ...good, principal: quarantined }, now).until, certificateOf().notAfter);
});

test('whatever else stands against it is not spared', () => {
	const revoked = certificateOf({ revoked: { at: now, cause: 'keyCompromise', reason: 'lost' } });
	assert.deepEqual(judge({ certificate: revoked }, ended), [['certificate-revoked'], undefined]);
	const quarantined = principalOf({ state: 'quarantined' });
	assert.deepEqual(judge({ certificate: revoked, principal: quarantined }), [['device-quarantined'], undefined]);
	assert.deepEqual(judge({ principal: principalOf({ state: 'retired' }) }, ended), [
		['certificate-revoked'],
		undefined,
	]);
	assert.deepEqual(judge({ issuerCounts: false }, ended), [['ca-retired'], undefined]);
	assert.deepEqual(judge({ issuerCounts: false, principal: quarantined }), [['device-quarantined'], undefined]);
	assert.deepEqual(judge({ link: { protocol: 'TLSv1.2', groups: 'any' } }, ended), [
		['certificate-expired'],
		undefined,
	]);
	assert.deepEqual(judge({ certificate: null }, ended), [['certificate-unknown'], undefined]);
});

test('a reader, a device without an essential stream, and a policy from which it was taken get no such mercy', () => {
	const expired = [['certificate-expired'], undefined];
	assert.deepEqual(judge({ principal: principalOf({ kind: 'reader' }) }, ended), expired);
	assert.deepEqual(judge({ principal: principalOf({ class: 'other' }) }, ended), expired);
	assert.deepEqual(judge({ policy: policyWith() }, ended), expired);
	const without = { ...policy, parameters: { ...policy.parameters, 'essential-function': null } };
	assert.deepEqual(judge({ policy: without }, ended), expired);
});
