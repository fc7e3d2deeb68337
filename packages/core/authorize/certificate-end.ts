import { certificateLifetime } from '../policy/certificate-lifetime.ts';
import type { Policy } from '../policy/policy.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Principal } from '../port/principal.ts';
import type { Instant } from '../units/instant.ts';

/**
 * A certificate ends when it says so, or when the lifetime that the policy now allows is over (CR 1.9): an old certificate would
 * give a thief of its key all the time that a laxer policy once gave.
 */
export const certificateEnd = (
	{ notBefore, notAfter }: Pick<IssuedCertificate, 'notBefore' | 'notAfter'>,
	policy: Pick<Policy, 'parameters' | 'devices'>,
	principal: Pick<Principal, 'class'>,
): Instant => {
	const lifetime = certificateLifetime(policy, policy.devices.get(principal.class ?? '') ?? null);
	return lifetime === null ? notAfter : Math.min(notAfter, notBefore + lifetime);
};
