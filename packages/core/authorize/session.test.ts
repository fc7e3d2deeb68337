import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, hours } from '../units/milliseconds.ts';
import { certificateOf, now, policyWith, principalOf } from './authorize.fixture.ts';
import { judgeSession, type SessionEvidence } from './session.ts';

const good: SessionEvidence = {
	certificate: certificateOf(),
	principal: principalOf(),
	policy: policyWith(),
	link: { protocol: 'TLSv1.3', groups: 'any' },
	issuerCounts: true,
};

const codes = (change: Partial<SessionEvidence>, at = now): string[] =>
	judgeSession({ ...good, ...change }, at).refusals.map(({ code, requirement }) => `${code} (${requirement})`);

test('who is known, in time, and on a good link is admitted until the certificate ends', () => {
	const decision = judgeSession(good, now);
	assert.deepEqual(decision, { refusals: [], breaches: [], until: now + days(10) });
});

test('a certificate, principal or policy that is not known here admits nobody', () => {
	const unknown = ['certificate-unknown (deny-by-default)'];
	assert.deepEqual(codes({ certificate: null }), unknown);
	assert.deepEqual(codes({ principal: null }), unknown);
	assert.deepEqual(codes({ policy: null }), unknown);
});

test('a certificate by a CA that was retired opens nothing', () => {
	assert.deepEqual(codes({ issuerCounts: false }), ['ca-retired (device-authentication)']);
});

test('revoked is out, and so is a retired principal with a certificate that stands', () => {
	const revoked = ['certificate-revoked (device-authentication)'];
	assert.deepEqual(
		codes({ certificate: certificateOf({ revoked: { at: now - 1, cause: 'keyCompromise', reason: 'lost' } }) }),
		revoked,
	);
	assert.deepEqual(codes({ principal: principalOf({ state: 'retired' }) }), revoked);
	// Revoked is said of one that has expired, too: it is the graver word.
	assert.deepEqual(
		codes({
			certificate: certificateOf({ revoked: { at: now, cause: 'unspecified', reason: '' }, notAfter: now - 1 }),
		}),
		revoked,
	);
});

test('a certificate counts from its first moment until just before its last', () => {
	const expired = ['certificate-expired (certificate-lifetime)'];
	const { notBefore, notAfter } = certificateOf();
	assert.deepEqual(codes({}, notBefore - 1), expired);
	assert.deepEqual(codes({}, notBefore), []);
	assert.deepEqual(codes({}, notAfter - 1), []);
	assert.deepEqual(codes({}, notAfter), expired);
});

test('the lifetime that the policy allows now ends an older, longer certificate', () => {
	const policy = policyWith({ more: 'tighten: { certificate-lifetime: 25h }' });
	const { notBefore } = certificateOf();
	assert.equal(judgeSession({ ...good, policy }, now).until, notBefore + hours(25));
	assert.deepEqual(codes({ policy }, notBefore + hours(25) - 1), []);
	assert.deepEqual(codes({ policy }, notBefore + hours(25)), ['certificate-expired (certificate-lifetime)']);
});

test('a sleeper has three times its sleep', () => {
	const policy = policyWith({ more: 'tighten: { certificate-lifetime: 24h }' });
	const certificate = certificateOf({ notBefore: now - days(2), notAfter: now + days(88) });
	const sleeper = principalOf({ class: 'sleeper' });
	assert.equal(judgeSession({ ...good, policy, certificate, principal: sleeper }, now).until, now + days(58));
	assert.deepEqual(codes({ policy, certificate }), ['certificate-expired (certificate-lifetime)']);
});

test('a link below the floor is refused in enforce, let in and shown in report, and passes where little is asked', () => {
	const link = { protocol: 'TLSv1.2', groups: 'any' } as const;
	assert.deepEqual(codes({ link }), ['link-too-weak (link-encryption)']);
	const report = judgeSession({ ...good, link, policy: policyWith({ mode: 'audit' }) }, now);
	assert.deepEqual(report.refusals, []);
	assert.deepEqual(
		report.breaches.map(({ code }) => code),
		['link-too-weak'],
	);
	assert.deepEqual(codes({ link, policy: policyWith({ level: 1 }) }), []);
	for (const protocol of ['TLSv1.1', 'SSLv3', 'none', '']) {
		assert.deepEqual(codes({ link: { protocol, groups: 'any' }, policy: policyWith({ level: 1 }) }), [
			'link-too-weak (link-encryption)',
		]);
	}
});

test('the strictest level asks for a listener that takes hybrid groups alone', () => {
	const policy = policyWith({ level: 4 });
	const certificate = certificateOf({ notAfter: now + days(2) });
	assert.deepEqual(codes({ policy, certificate }), ['link-too-weak (link-encryption)']);
	assert.deepEqual(codes({ policy, certificate, link: { protocol: 'TLSv1.3', groups: 'hybrid' } }), []);
});

test('a step that is not known here no link holds', () => {
	const known = policyWith({ level: 1 });
	const policy = { ...known, parameters: { ...known.parameters, 'link-encryption': 'tls1.4' } };
	const link = { protocol: 'TLSv1.3', groups: 'hybrid' } as const;
	assert.deepEqual(codes({ policy: known, link }), []);
	assert.deepEqual(codes({ policy, link }), ['link-too-weak (link-encryption)']);
});

test('report lets no stranger in: only what falls short of a level is negotiable', () => {
	const policy = policyWith({ mode: 'audit' });
	assert.deepEqual(codes({ policy, certificate: null }), ['certificate-unknown (deny-by-default)']);
	assert.deepEqual(codes({ policy, principal: principalOf({ state: 'retired' }) }), [
		'certificate-revoked (device-authentication)',
	]);
	assert.deepEqual(codes({ policy }, now + days(400)), ['certificate-expired (certificate-lifetime)']);
});
