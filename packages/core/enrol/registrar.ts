import type { CertificationRequest } from '../format/csr.ts';
import { keyThumbprint } from '../format/public-key.ts';
import type { IssuedCertificate, Token } from '../port/registry-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { type Judgement, refuse, withRefusals } from './judgement.ts';
import { judgePledge, type Pledge } from './pledge.ts';
import { judgeRequested } from './requested-extensions.ts';

/** A first enrolment under a one-time token. */
export interface Enrolment extends Pledge {
	readonly request: CertificationRequest;
	readonly token: Token | null;
}

/** A renewal under the certificate that the caller proved to hold. */
export interface Renewal extends Pledge {
	readonly request: CertificationRequest;
	readonly certificate: IssuedCertificate | null;
}

/** EST simpleenroll (RFC 7030 §4.2.1). Pure. */
export const judgeEnrolment = (enrolment: Enrolment): Judgement => {
	const { token, principal, request, now } = enrolment;
	// expected-device: no stranger, and whoever guesses learns nothing but that.
	if (token === null) return refuse('token-unknown', 'expected-device', 'This one-time token is not known here.');
	const key = keyThumbprint(request.publicKey);
	// A token admits one device with one key: a copied commissioning string is worthless once it was used.
	if (token.spentFor !== null && Buffer.compare(token.spentFor, key) !== 0) {
		return refuse(
			'token-spent',
			'expected-device',
			'This one-time token was spent for another key: ask for a new commissioning string.',
		);
	}
	if (now >= token.expires) {
		return refuse(
			'token-expired',
			'expected-device',
			'This one-time token has expired: ask for a new commissioning string.',
		);
	}
	// An older string for a principal that has since joined must not add a second key to it.
	if (token.spentFor === null && principal?.state === 'active') {
		return refuse(
			'token-spent',
			'expected-device',
			`${principal.id} has already joined with another token: retire it before it joins anew.`,
		);
	}
	return judgeRequest(enrolment);
};

/** EST simplereenroll (RFC 7030 §4.2.2): state and revocation are judged anew on every request. Pure. */
export const judgeRenewal = (renewal: Renewal): Judgement => {
	const { certificate, principal, now } = renewal;
	if (certificate === null) {
		return refuse('certificate-unknown', 'device-authentication', 'This certificate was not issued here.');
	}
	const unusable = judgeCertificate(certificate, now);
	if (unusable !== null) return { admit: false, refusals: [unusable] };
	if (principal?.state !== 'active') {
		return refuse(
			'device-not-expected',
			'expected-device',
			`${certificate.principal.id} is not active: it must be expected anew.`,
		);
	}
	return judgeRequest(renewal);
};

/** What an intent that a crash left open must still satisfy before it is signed: the same as at any issue. Pure. */
export const judgeIntent = (
	intent: Pledge & { readonly token: Token | null; readonly certificate: IssuedCertificate | null },
): Judgement => {
	const { token, certificate, principal, key, now } = intent;
	const spentFor = token?.spentFor ?? null;
	const isTokensKey = spentFor !== null && Buffer.compare(spentFor, keyThumbprint(key.publicKey)) === 0;
	if (!isTokensKey && certificate === null) {
		return refuse(
			'device-not-expected',
			'expected-device',
			'Neither a token nor a certificate stands behind this intent.',
		);
	}
	const unusable = certificate === null ? null : judgeCertificate(certificate, now);
	if (unusable !== null) return { admit: false, refusals: [unusable] };
	if (certificate !== null && principal?.state !== 'active') {
		return refuse('device-not-expected', 'expected-device', 'The holder is no longer active.');
	}
	return judgePledge(intent);
};

const judgeRequest = (pledge: Pledge & { readonly request: CertificationRequest }): Judgement => {
	const asked = pledge.principal === null ? [] : judgeRequested(pledge.request, pledge.principal);
	return withRefusals(judgePledge(pledge), asked);
};

/** RFC 5280 §6.1.3 and CR 1.14: neither a revoked nor a lapsed certificate may bring forth another. */
const judgeCertificate = (certificate: IssuedCertificate, now: Instant): Refusal | null => {
	const requirement = 'device-authentication';
	if (certificate.revoked !== null) {
		return { code: 'certificate-revoked', requirement, reason: 'This certificate was revoked.' };
	}
	if (now > certificate.notAfter || now < certificate.notBefore) {
		return {
			code: 'certificate-expired',
			requirement: 'certificate-lifetime',
			reason: 'This certificate is not valid now: the device must be expected anew.',
		};
	}
	return null;
};
