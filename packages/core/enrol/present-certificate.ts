import { certificateEnd } from '../authorize/certificate-end.ts';
import type { Policy } from '../policy/policy.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Principal } from '../port/principal.ts';
import type { Instant } from '../units/instant.ts';

/**
 * Whether a renewal for the same key is answered with this certificate once more: while more than a third of its life is left, and
 * none is left that the policy has ended since. CR 7.1: a device that asks without end gets no signature and no commit for it. Pure.
 */
export const isPresent = (
	certificate: IssuedCertificate,
	policy: Pick<Policy, 'parameters' | 'devices'>,
	principal: Pick<Principal, 'class'>,
	now: Instant,
): boolean => {
	const { notBefore, notAfter, revoked } = certificate;
	if (revoked !== null || certificateEnd(certificate, policy, principal) < notAfter) return false;
	return now >= notBefore && notAfter - now > (notAfter - notBefore) / 3;
};
