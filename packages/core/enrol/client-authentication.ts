import { mayUseCertificate } from '../device/lifecycle.ts';
import type { IssuedCertificate, Principal, Token } from '../port/registry-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';

/**
 * Judges a one-time token (RFC 7030 §3.2.3). `key` is the SHA-256 of the SubjectPublicKeyInfo that it is to admit; null while
 * the caller has not said.
 */
export const judgeToken = (
	token: Token | null,
	principal: Principal | null,
	key: Uint8Array | null,
	now: Instant,
): Refusal | null => {
	// expected-device: no stranger, and whoever guesses learns nothing but that.
	if (token === null) return refusal('token-unknown', 'This one-time token is not known here.');
	// A token admits one device with one key: a copied commissioning string is worthless once it was used.
	if (token.spentFor !== null && key !== null && Buffer.compare(token.spentFor, key) !== 0) {
		return refusal('token-spent', 'This one-time token was spent for another key: ask for a new commissioning string.');
	}
	if (now >= token.expires) {
		return refusal('token-expired', 'This one-time token has expired: ask for a new commissioning string.');
	}
	// An older string for a principal that has since joined must not add a second key to it.
	if (token.spentFor === null && principal !== null && mayUseCertificate(principal.state)) {
		return refusal(
			'token-spent',
			`${principal.id} has already joined with another token: retire it before it joins anew.`,
		);
	}
	return null;
};

/** Judges the certificate that the caller proved to hold (RFC 7030 §3.3.2), or that stands behind an intent. */
export const judgeHolder = (
	certificate: IssuedCertificate | null,
	principal: Principal | null,
	now: Instant,
): Refusal | null => {
	if (certificate === null) {
		return refusal('certificate-unknown', 'This certificate was not issued here.', 'device-authentication');
	}
	// RFC 5280 §6.1.3 and CR 1.14: neither a revoked nor a lapsed certificate may bring forth another.
	if (certificate.revoked !== null) {
		return refusal('certificate-revoked', 'This certificate was revoked.', 'device-authentication');
	}
	if (now > certificate.notAfter || now < certificate.notBefore) {
		const reason = 'This certificate is not valid now: the device must be expected anew.';
		return refusal('certificate-expired', reason, 'certificate-lifetime');
	}
	if (principal === null || !mayUseCertificate(principal.state)) {
		return refusal(
			'device-not-expected',
			`${certificate.principal.id} is not active: it must be expected anew, or released.`,
		);
	}
	return null;
};

const refusal = (
	code: Refusal['code'],
	reason: string,
	requirement: Refusal['requirement'] = 'expected-device',
): Refusal => ({ code, requirement, reason });
