import { type Instant, Problem } from '@keyward/core';
import { judgeSession, type Link, linkStep } from '@keyward/core/authorize';
import type { Clock, IssuedCertificate, PrincipalName, Store } from '@keyward/core/port';
import type { Caller } from '../api/rpc.ts';
import type { Observations } from '../evidence/observations.ts';
import type { Policies } from '../policy/policies.ts';

/** Who a caller is. Throws `Problem` with the code of the refusal; judged anew at each call. */
export type Identify = (caller: Caller) => Promise<PrincipalName>;

/** The HTTPS listener takes TLS 1.3 alone. */
const httpsLink: Link = { protocol: 'TLSv1.3', groups: 'any' };

export const createIdentify =
	(
		store: Store,
		policies: Policies,
		observations: Observations,
		issuerCounts: (certificate: IssuedCertificate) => boolean,
		clock: Clock,
	): Identify =>
	async (caller) => {
		if (caller.kind !== 'certificate') {
			throw new Problem('not-authenticated', "connect with a reader's certificate; see keyward reader commission");
		}
		const certificate = await store.certificate(Uint8Array.from(Buffer.from(caller.fingerprint, 'hex')));
		const principal = certificate === null ? null : await store.principal(certificate.principal);
		const policy = principal === null ? null : policies.policyOf(principal.application);
		const [refusal] = judgeSession(
			{
				certificate,
				principal,
				policy,
				link: httpsLink,
				issuerCounts: certificate !== null && issuerCounts(certificate),
			},
			clock.now(),
		).refusals;
		if (refusal !== undefined || principal === null) {
			throw new Problem(refusal?.code ?? 'not-authenticated', refusal?.reason ?? 'this certificate opens nothing here');
		}
		observeLink(observations, principal, httpsLink, clock.now());
		return principal;
	};

/** What a handshake showed of a device or reader. */
export const observeLink = (observations: Observations, principal: PrincipalName, link: Link, at: Instant): void => {
	const { kind, application, id } = principal;
	const seen = { subject: { kind, application, id }, strength: 'observed', source: 'listener', at } as const;
	observations.see({ ...seen, claim: 'link-encryption', value: linkStep(link) ?? link.protocol });
	observations.see({ ...seen, claim: 'link-integrity', value: true });
	observations.see({ ...seen, claim: 'device-authentication', value: 'certificate' });
};
