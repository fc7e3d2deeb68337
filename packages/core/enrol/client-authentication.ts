import { mayUseCertificate } from '../device/lifecycle.ts';
import { certificateEnd } from '../authorize/certificate-end.ts';
import type { Policy } from '../policy/policy.ts';
import type { Token } from '../port/admission-store.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Principal } from '../port/principal.ts';
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
	// expected-device: no stranger, and anyone who guesses learns nothing but that.
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
			`${principal.id} has already joined with another token: retire it before it joins again.`,
		);
	}
	return null;
};

/** A token that was spent brings nothing but an answer that was lost: no challenge, in whose place its holder's would be gone. */
export const judgeUnspent = (token: Token | null): Refusal | null =>
	token === null || token.spentFor === null
		? null
		: refusal(
				'token-spent',
				'This one-time token was spent: send the request itself, or ask for a new commissioning string.',
			);

/** The certificate that the caller proved to hold (RFC 7030 §3.3.2), or that stands behind an intent, and what is known of it. */
export interface Holder {
	readonly certificate: IssuedCertificate | null;
	readonly principal: Principal | null;
	readonly policy: Policy | null;
	/** Whether the certificate is by a generation of the application's issuing CA that counts. */
	readonly issuerCounts: boolean;
}

export const judgeHolder = ({ certificate, principal, policy, issuerCounts }: Holder, now: Instant): Refusal | null => {
	if (certificate === null) {
		return refusal('certificate-unknown', 'This certificate was not issued here.', 'device-authentication');
	}
	// RFC 5280 §6.1.3 and CR 1.14: neither a revoked nor a lapsed certificate may bring forth another.
	if (certificate.revoked !== null) {
		return refusal('certificate-revoked', 'This certificate was revoked.', 'device-authentication');
	}
	if (!issuerCounts) {
		const reason = 'The CA that issued this certificate is retired: retire the device, and expect it again.';
		return refusal('ca-retired', reason, 'device-authentication');
	}
	// CR 1.9: the lifetime of now counts, at renewal as at the links, or a thief would renew what the policy has ended.
	const end =
		policy === null || principal === null ? certificate.notAfter : certificateEnd(certificate, policy, principal);
	if (now >= end || now < certificate.notBefore) {
		const until = new Date(end).toISOString();
		const reason =
			now < certificate.notBefore
				? 'This certificate is not valid yet: set the clock.'
				: `This certificate was good until ${until}: retire the device, and expect it again.`;
		return refusal('certificate-expired', reason, 'certificate-lifetime');
	}
	if (principal === null || !mayUseCertificate(principal.state)) {
		return refusal(
			'device-not-expected',
			`${certificate.principal.id} is not active: register it again, or release it.`,
		);
	}
	return null;
};

const refusal = (
	code: Refusal['code'],
	reason: string,
	requirement: Refusal['requirement'] = 'expected-device',
): Refusal => ({ code, requirement, reason });
