import { evidenceUnder } from '@keyward/core/attest';
import { findNonConformities, issuedAt } from '@keyward/core/enrol';
import { readCertificate } from '@keyward/core/format';
import { refusedOf } from '../rollout/refused-release.ts';
import type { Answer, ApiDependencies } from './answer.ts';
import { principalSummary, requirePrincipal, shownEvidence } from './principal-summary.ts';
import { shownKey } from './registered-key.ts';
import { silencedBy } from './silenced.ts';
import { streamSummary } from './stream-view.ts';

export const deviceShow =
	(dependencies: ApiDependencies): Answer<'device.show'> =>
	async ({ application, device }) => {
		const { store, policies, config, refusals, rollouts } = dependencies;
		const principal = await requirePrincipal(dependencies, { kind: 'device', application, id: device });
		const certificates = await store.certificates(principal);
		const streams = (await store.streams(application)).filter((stream) => stream.device === device);
		const policy = policies.policyOf(application);
		const newest = certificates.findLast(({ revoked }) => revoked === null);
		const key = newest && {
			publicKey: readCertificate(newest.der).publicKey,
			evidence: evidenceUnder(newest.evidence, config.trust),
		};
		return {
			...(await principalSummary(dependencies, principal)),
			certificates: certificates.map(({ serial, fingerprint, evidence, notBefore, notAfter, revoked }) => ({
				serial,
				fingerprint: Buffer.from(fingerprint).toString('hex'),
				evidence: shownEvidence(evidence),
				// Only this site's begin before they are issued.
				issued: evidence.adopted === true ? notBefore : issuedAt({ notBefore, notAfter }),
				notBefore,
				notAfter,
				revoked,
			})),
			keys: (await store.registeredKeys(principal)).map(shownKey),
			findings: key === undefined || policy === null ? [] : findNonConformities(principal, key, policy),
			refusals: refusals.of(principal),
			refused: refusedOf(rollouts.said(application, device)),
			streams: streams.map((stream) => streamSummary(stream, principal.state, policy, dependencies)),
			silences: await silencedBy(dependencies, principal),
		};
	};
