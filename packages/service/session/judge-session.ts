import { type DeviceSessionDecision, judgeDeviceSession } from '@keyward/core/authorize';
import type { Policy } from '@keyward/core/policy';
import type { CertificateStore, Clock, IssuedCertificate, PrincipalStore } from '@keyward/core/port';
import type { Policies } from '../policy/policies.ts';
import type { OpenSession } from '../thread/link-messages.ts';
import type { Holder } from './session-rights.ts';

export interface Judged {
	readonly decision: DeviceSessionDecision;
	/** Null when the decision refuses. */
	readonly admitted: (Holder & { readonly certificate: IssuedCertificate }) | null;
}

export interface JudgeOptions {
	readonly store: Pick<CertificateStore, 'certificate'> & Pick<PrincipalStore, 'principal'>;
	readonly policies: Policies;
	/** Whether the CA that issued the certificate counts. */
	readonly issuerCounts: (certificate: IssuedCertificate) => boolean;
	readonly clock: Clock;
}

/** Judges a session by what the registry says now, and by the policy in force: or, to see what it would cut, by another of the application. */
export type JudgeSession = (fingerprint: Uint8Array, link: OpenSession['link'], by?: Policy) => Promise<Judged>;

export const sessionJudge =
	({ store, policies, issuerCounts, clock }: JudgeOptions): JudgeSession =>
	async (fingerprint, link, by) => {
		const certificate = await store.certificate(fingerprint);
		const principal = certificate === null ? null : await store.principal(certificate.principal);
		const policy =
			principal === null
				? null
				: by?.application === principal.application
					? by
					: policies.policyOf(principal.application);
		const counts = certificate !== null && issuerCounts(certificate);
		const decision = judgeDeviceSession({ certificate, principal, policy, link, issuerCounts: counts }, clock.now());
		const admitted =
			decision.refusals.length > 0 || certificate === null || principal === null || policy === null
				? null
				: { principal, policy, certificate };
		return { decision, admitted };
	};
