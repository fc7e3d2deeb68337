import { isDeepStrictEqual } from 'node:util';
import type { Refusal } from '@keyward/core';
import { certificateEnd } from '@keyward/core/authorize';
import { isSamePrincipal } from '@keyward/core/device';
import { type Judgement, judgeIntent, type RequestedKey } from '@keyward/core/enrol';
import { keyThumbprint, readToBeSigned } from '@keyward/core/format';
import type { PublishedKeys } from '@keyward/core/keycheck';
import type { Policy } from '@keyward/core/policy';
import type {
	AdmissionStore,
	CertificateStore,
	Clock,
	Intent,
	IssuedCertificate,
	Principal,
	PrincipalName,
	PrincipalStore,
} from '@keyward/core/port';
import type { Authority } from '../authority/authority.ts';
import { isKeyAway } from '../authority/certified-key.ts';
import { type Issuance, isFrozenFor } from './issue.ts';
import type { FindKey } from './requested-key.ts';

/** Intents that a crash, or a CA's key that was away, left between intent and issue. */
export interface OpenIntents {
	/** Those of this holder and key. */
	of(principal: PrincipalName, key: Uint8Array): Promise<Intent[]>;
	/** Finishes what a failed signature left open for this very key, or gives it up and begins again. */
	resume(
		principal: Principal,
		key: RequestedKey,
		by: Intent['by'],
		findings: readonly Refusal[],
	): Promise<Uint8Array[]>;
	/** Finishes or gives up each. What needs a key that is still away stays for the next call. */
	recover(): Promise<{ issued: number; abandoned: number }>;
	/** A CA's key did not sign: there may be some from now on. */
	notSigned(): void;
}

export interface OpenIntentsOptions {
	readonly store: AdmissionStore & Pick<PrincipalStore, 'principal'> & Pick<CertificateStore, 'certificate'>;
	readonly authority: Pick<Authority, 'issuing'>;
	readonly clock: Clock;
	readonly published: PublishedKeys;
	readonly policyOf: (application: string) => Policy | null;
	readonly issuerCounts: (certificate: IssuedCertificate | null) => boolean;
	readonly requestedKey: FindKey;
	readonly issuance: Pick<Issuance, 'intend' | 'finish'>;
}

export const createOpenIntents = (options: OpenIntentsOptions): OpenIntents => {
	const { store, authority, clock, published, policyOf, issuerCounts, requestedKey, issuance } = options;
	const { intend, finish } = issuance;
	/** False while it is known that no intent is open, so that nobody has to look. */
	let mayBeOpen = true;

	const judgeOpenIntent = async (intent: Intent): Promise<Judgement> => {
		const { publicKey, notBefore, notAfter } = readToBeSigned(intent.toBeSigned);
		const now = clock.now();
		const policy = policyOf(intent.principal.application);
		const principal = await store.principal(intent.principal);
		const certificate = 'certificate' in intent.by ? await store.certificate(intent.by.certificate) : null;
		// CR 1.9: what was frozen under a laxer policy is given up; asked for again, it is made for the lifetime of now.
		if (
			policy !== null &&
			principal !== null &&
			certificateEnd({ notBefore, notAfter }, policy, principal) < notAfter
		) {
			const reason = 'The policy now allows a shorter life.';
			return { admit: false, refusals: [{ code: 'certificate-expired', requirement: 'certificate-lifetime', reason }] };
		}
		if (now >= notAfter) {
			const reason = 'The certificate would have expired already.';
			return { admit: false, refusals: [{ code: 'certificate-expired', requirement: 'certificate-lifetime', reason }] };
		}
		return judgeIntent({
			principal,
			key: await requestedKey(publicKey, intent.principal, intent.evidence),
			policy,
			published,
			token: 'token' in intent.by ? await store.token(intent.by.token) : null,
			certificate,
			issuerCounts: issuerCounts(certificate),
			now,
		});
	};

	const openFor = async (principal: PrincipalName, key: Uint8Array): Promise<Intent[]> =>
		(mayBeOpen ? await store.openIntents() : []).filter(
			(intent) => isSamePrincipal(intent.principal, principal) && Buffer.compare(intent.key, key) === 0,
		);

	return {
		of: openFor,
		resume: async (principal, key, by, findings) => {
			const thumbprint = keyThumbprint(key.publicKey);
			// One CA from here on, whatever is rolled over meanwhile.
			const issuing = await authority.issuing(principal.application);
			for (const intent of await openFor(principal, thumbprint)) {
				// Evidence of now goes before that of then. A CA that was rolled over signs nothing more that was frozen for it before.
				const stands = isDeepStrictEqual(intent.evidence, key.evidence) && isFrozenFor(intent, issuing);
				const judgement = stands ? await judgeOpenIntent(intent) : null;
				if (judgement?.admit === true) return finish(intent, judgement.findings, issuing);
				await store.abandon(intent.serial);
			}
			return finish(await intend(principal, key, by, issuing), findings, issuing);
		},
		recover: async () => {
			const done = { issued: 0, abandoned: 0 };
			for (const intent of await store.openIntents()) {
				const issuing = await authority.issuing(intent.principal.application);
				const judgement = isFrozenFor(intent, issuing) ? await judgeOpenIntent(intent) : null;
				if (judgement?.admit !== true) {
					await store.abandon(intent.serial);
					done.abandoned++;
					continue;
				}
				try {
					await finish(intent, judgement.findings, issuing);
					done.issued++;
				} catch (error) {
					// The key is away with its token: the intent stays open for the next try.
					if (!isKeyAway(error)) throw error;
				}
			}
			mayBeOpen = (await store.openIntents()).length > 0;
			return done;
		},
		notSigned: () => {
			mayBeOpen = true;
		},
	};
};
