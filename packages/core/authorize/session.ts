import { mayUseCertificate } from '../device/lifecycle.ts';
import type { Policy } from '../policy/policy.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Principal } from '../port/principal.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { certificateEnd } from './certificate-end.ts';
import { judgeLink, type Link } from './link.ts';

/** What is known of the peer that opens a link, at the time of asking. */
export interface SessionEvidence {
	/** The registry's entry for the certificate whose key the handshake proved; null when there is none. */
	readonly certificate: IssuedCertificate | null;
	readonly principal: Principal | null;
	/** The application's policy; null when none is applied. */
	readonly policy: Policy | null;
	readonly link: Link;
	/** Whether the certificate is by a generation of the application's issuing CA that counts. */
	readonly issuerCounts: boolean;
}

export interface SessionDecision {
	/** Empty admits. */
	readonly refusals: readonly Refusal[];
	/** What `mode: audit` let in. */
	readonly breaches: readonly Refusal[];
	/** The moment from which the session is no longer good of itself. */
	readonly until: Instant;
}

/** Judges a session at connect, and again whenever policy, registry or time may have changed the answer. */
export const judgeSession = (evidence: SessionEvidence, now: Instant): SessionDecision => {
	const { certificate, principal, policy, link, issuerCounts } = evidence;
	// CR 2.1, CR 1.2: a certificate that chains but is not in the registry was signed behind the registrar's back.
	if (certificate === null || principal === null || policy === null) {
		return refused({
			code: 'certificate-unknown',
			requirement: 'deny-by-default',
			reason: 'this certificate is not in the registry; commission the device again',
		});
	}
	// CR 1.14: a device that was quarantined is kept out until somebody has looked.
	if (principal.state === 'quarantined') {
		return refused({
			code: 'device-quarantined',
			requirement: 'device-authentication',
			reason: `${principal.id} is quarantined: an operator must release or retire it`,
		});
	}
	// CR 1.8: the holder of a revoked key may be a thief.
	if (certificate.revoked !== null || !mayUseCertificate(principal.state)) {
		return refused({
			code: 'certificate-revoked',
			requirement: 'device-authentication',
			reason: 'this certificate is revoked; commission the device again',
		});
	}
	// RFC 5280 §6.1.1: trust in a CA that was retired is over; a peer that sends the chain would lead it to the site root again.
	if (!issuerCounts) {
		return refused({
			code: 'ca-retired',
			requirement: 'device-authentication',
			reason: 'the CA that issued this certificate is retired; commission the device again',
		});
	}
	const until = certificateEnd(certificate, policy, principal);
	// CR 1.9: an old certificate gives a thief the key's whole life; the policy's present lifetime counts, not the one at issue.
	if (now >= until || now < certificate.notBefore) {
		return refused({
			code: 'certificate-expired',
			requirement: 'certificate-lifetime',
			reason: `this certificate was good until ${new Date(until).toISOString()}; renew it`,
		});
	}
	const breaches = judgeLink(link, policy);
	return policy.mode === 'enforce' && breaches.length > 0
		? { refusals: breaches, breaches: [], until }
		: { refusals: [], breaches, until };
};

const refused = (refusal: Refusal): SessionDecision => ({ refusals: [refusal], breaches: [], until: 0 });
