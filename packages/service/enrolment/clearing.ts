import { Problem } from '@keyward/core';
import {
	type AttestationTrust,
	type ClearedEvidence,
	clearedQualifyingData,
	type ClearingEvidence,
	clearingQualifyingData,
} from '@keyward/core/attest';
import { isSamePrincipal, qualifiedName } from '@keyward/core/device';
import { keyThumbprint } from '@keyward/core/format';
import type { CertificateStore, Clock, Entropy, FactStore, PrincipalStore } from '@keyward/core/port';
import { clearingAttested, clearingBegun, openClearing } from '../evidence/retirement.ts';
import type { Appraisals } from './attestation.ts';
import { digestOf, newestOf } from './clearing-claim.ts';

/** How a device's TPM shows that it gave up the device's key (erased-at-retirement, CR 4.2). */
export interface Clearing {
	/**
	 * Before: judges the TPM's word of now that the certificate's key is in it and ends with TPM2_Clear, and keeps where its clock stood.
	 * Gives the secret that the device proves itself with once its key is gone. Throws `Problem` with the code of the refusal,
	 * `evidence-stale`, `tpm-malformed`.
	 */
	beginClearing(evidence: ClearingEvidence, fingerprint: string, binding: string): Promise<string>;
	/** After: judges by the same TPM's clock whether it was cleared. Throws likewise. */
	finishClearing(evidence: ClearedEvidence, binding: string): Promise<void>;
}

export interface ClearingOptions {
	readonly challenges: Pick<Appraisals, 'takeChallenge'>;
	readonly store: Pick<PrincipalStore, 'principal'> &
		Pick<CertificateStore, 'certificate' | 'certificates'> &
		FactStore;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly trust: AttestationTrust;
}

/** Octets of the secret. */
const SECRET = 32;

export const createClearing = ({ challenges, store, clock, entropy, trust }: ClearingOptions): Clearing => ({
	beginClearing: async (evidence, fingerprint, binding) => {
		const { holder, nonce, part } = challenges.takeChallenge(binding, 'tpm2');
		const certificate = await store.certificate(Uint8Array.from(Buffer.from(fingerprint, 'hex')));
		if (certificate === null || certificate.revoked !== null || !isSamePrincipal(certificate.principal, holder))
			throw new Problem('evidence-stale', 'The challenge on this connection was for another device: begin again.');
		const { part: name, emulated } = part.evidence;
		// RFC 9334 §7.4: each key that is good here must be in the TPM that speaks, or one would outlive its clearing.
		const now = clock.now();
		const held = await store.certificates(holder);
		for (const { revoked, notAfter, key, evidence: of } of held) {
			if (revoked !== null || notAfter <= now) continue;
			const isCertified = Buffer.compare(key, certificate.key) === 0;
			if (!isCertified || name === null || of.proof !== 'attested' || of.part !== name)
				throw new Problem(
					'part-unexpected',
					'A good certificate of this device is for a key that this TPM does not speak for: revoke that one first.',
				);
		}
		const publicKey = part.keyOf({ ...evidence });
		if (Buffer.compare(keyThumbprint(publicKey), certificate.key) !== 0)
			throw new Problem('key-not-attested', "The TPM speaks for another key than the certificate's.");
		const judged = part.judgeClearing?.(evidence, {
			...{ publicKey, trust },
			qualifyingData: clearingQualifyingData(nonce, octetsOf(binding), publicKey, qualifiedName(holder)),
		});
		if (judged === undefined || name === null)
			throw new Problem('request-malformed', 'This part has no clock to be judged by.');
		if ('refusal' in judged) throw new Problem(judged.refusal.code, judged.refusal.reason);
		const secret = Buffer.from(entropy.bytes(SECRET)).toString('base64url');
		const begun = { part: name, clock: judged.clock, secret: digestOf(secret), newest: newestOf(held) };
		await store.putFacts([clearingBegun(holder, begun, emulated, now)]);
		return secret;
	},

	finishClearing: async (evidence, binding) => {
		const { holder, nonce, part } = challenges.takeChallenge(binding, 'tpm2');
		const begun = openClearing(await store.facts(holder.application), holder);
		const isOver = (await store.principal(holder))?.state === 'retired';
		if (begun === null || !isOver || newestOf(await store.certificates(holder)) !== begun.newest)
			throw new Problem(
				'tpm-not-cleared',
				'No clearing is under way for this device as it is now, or it is still in service: begin again.',
			);
		// The clock of another TPM of the same manufacturer says nothing of this one's keys.
		if (part.evidence.part !== begun.part)
			throw new Problem('part-unexpected', 'The TPM that speaks is not the one that had the key of this device.');
		const qualifyingData = clearedQualifyingData(nonce, octetsOf(binding), qualifiedName(holder));
		const refusal = part.judgeCleared?.(evidence, { qualifyingData, trust }, begun.clock);
		if (refusal === undefined) throw new Problem('request-malformed', 'This part has no clock to be judged by.');
		if (refusal !== null) throw new Problem(refusal.code, refusal.reason);
		await store.putFacts([clearingAttested(holder, part.evidence.emulated, clock.now())]);
	},
});

const octetsOf = (binding: string): Uint8Array => Uint8Array.from(Buffer.from(binding, 'base64'));
