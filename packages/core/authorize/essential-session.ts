import type { DeviceClass, Policy } from '../policy/policy.ts';
import type { Principal } from '../port/principal.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { certificateEnd } from './certificate-end.ts';
import { judgeSession, type SessionDecision, type SessionEvidence } from './session.ts';

/** A decision about the link of a device. */
export interface DeviceSessionDecision extends SessionDecision {
	/** The measure despite which the device is let in, to write its essential streams and nothing else. */
	readonly despite: Refusal | null;
}

/** The streams of a device's class that its application cannot do without. */
export const essentialStreams = (policy: Pick<Policy, 'streams'>, deviceClass: DeviceClass | undefined): string[] =>
	(deviceClass?.streams ?? []).filter((name) => policy.streams.get(name)?.essential === true);

/** Refusals that doubt the device's time or its operator's trust, and not that it is the device (CCSC 1). */
const spares = ({ code }: Refusal): boolean => code === 'certificate-expired' || code === 'device-quarantined';

/**
 * Judges a device's link as `judgeSession` does, but for essential-function (IEC 62443-4-2 CCSC 1: a security measure must not take
 * an essential function away): a certificate that ended, or a quarantine, does not keep its essential readings out. Only where
 * nothing else stands against it: revoked, retired, unknown, a retired CA or a weak link refuse as ever.
 */
export const judgeDeviceSession = (evidence: SessionEvidence, now: Instant): DeviceSessionDecision => {
	const decision = judgeSession(evidence, now);
	const refused = { ...decision, despite: null };
	const [refusal] = decision.refusals;
	const { certificate, principal, policy } = evidence;
	if (refusal === undefined || !spares(refusal)) return refused;
	if (certificate === null || principal?.kind !== 'device' || policy === null) return refused;
	if (policy.parameters['essential-function'] === null) return refused;
	if (essentialStreams(policy, policy.devices.get(principal.class ?? '')).length === 0) return refused;
	const spared: Principal = { ...principal, state: principal.state === 'quarantined' ? 'active' : principal.state };
	const end = certificateEnd(certificate, policy, principal);
	const within = Math.max(certificate.notBefore, Math.min(now, end - 1));
	const others = judgeSession({ ...evidence, principal: spared }, within);
	if (others.refusals.length > 0) return refused;
	// What time alone still changes of it.
	const until = now < certificate.notBefore ? certificate.notBefore : now < end ? end : Number.POSITIVE_INFINITY;
	return { ...others, until, despite: refusal };
};
