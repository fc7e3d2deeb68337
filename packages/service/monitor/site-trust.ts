import { evidenceUnder, type AttestationTrust } from '@keyward/core/attest';
import { mayUseCertificate } from '@keyward/core/device';
import type { CertificateStore, Clock, Principal, PrincipalStore } from '@keyward/core/port';
import { type Inventory, siteInventory, type SitePrincipal } from '@keyward/core/reach';
import type { Authority } from '../authority/authority.ts';
import { splitAuthorityName } from '../authority/inventory.ts';
import type { Owner } from '../owner/owner.ts';
import { siteSigners } from '../owner/site-signers.ts';
import type { Grants } from '../policy/grants.ts';
import type { Policies } from '../policy/policies.ts';

/** Who holds which key on this site now, and what it opens; of one application, or of all; of these principals of it, or of all. */
export const createSiteTrust =
	(
		store: Pick<PrincipalStore, 'principals'>,
		remembered: Pick<CertificateStore, 'certificates'>,
		policies: Policies,
		grants: Grants,
		authority: Pick<Authority, 'list'>,
		owner: Pick<Owner, 'repository'>,
		clock: Clock,
		trust: AttestationTrust,
	) =>
	async (application?: string, only?: readonly Principal[]): Promise<Inventory> => {
		const now = clock.now();
		const asked =
			application === undefined
				? policies.epochs().map((epoch) => policies.mustHave(epoch.application))
				: [policies.mustHave(application)];
		const withCertificates = async (principal: Principal): Promise<SitePrincipal> => {
			const { kind, application, id, class: className } = principal;
			const certificates = await remembered.certificates({ kind, application, id });
			return {
				...{ kind, application, id, class: className },
				certificates: certificates
					.filter(({ revoked, notAfter }) => revoked === null && notAfter > now)
					.map(({ key, evidence }) => ({
						key: Buffer.from(key).toString('hex'),
						evidence: evidenceUnder(evidence, trust),
					})),
			};
		};
		const principals = only ?? (await store.principals(application));
		const cas = await authority.list();
		return siteInventory({
			policies: asked,
			principals: await Promise.all(
				principals.filter(({ state }) => mayUseCertificate(state)).map((one) => withCertificates(one)),
			),
			grants: asked.flatMap((policy) => [...grants.of(policy.application)]),
			authorities: cas
				.filter(({ state }) => state === 'active' || state === 'outgoing')
				.map(({ name, number, key }) => ({
					...splitAuthorityName(name),
					generation: number,
					// A token that is away still keeps its key.
					inToken: key === 'token' || key === 'absent',
				}))
				.filter(({ what, application: of }) => what !== 'issuing' || asked.some((policy) => policy.application === of)),
			owner: siteSigners(owner),
			now,
		});
	};
