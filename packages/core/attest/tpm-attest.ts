import {
	handleName,
	qualifiedName,
	TPM_RH,
	TPMS_ATTEST,
	type TPMT_PUBLIC,
	TPMT_SIGNATURE,
	toSubjectPublicKeyInfo,
	verifyTpmSignature,
} from '../format/tpm2/index.ts';
import type { ErrorCode } from '../problem/code.ts';
import type { EndorsedTpm } from './endorsement-key.ts';
import type { AttestationTrust } from './trust.ts';

/** Whose word is expected, and about which challenge. */
export interface AttestTerms {
	/** The public area of the attestation key, as it was judged and challenged. */
	readonly attestationKey: TPMT_PUBLIC;
	readonly tpm: Omit<EndorsedTpm, 'path'>;
	/** `extraData` of this challenge. */
	readonly qualifyingData: Uint8Array;
	readonly trust: AttestationTrust;
}

export type Refused = { readonly code: ErrorCode; readonly reason: string };

/**
 * Whether this very TPM says it, now: the checks that every TPMS_ATTEST must pass, whatever it attests. Throws
 * `Problem('tpm-malformed')`, also for a statement without TPM_GENERATED_VALUE, which software could have had signed.
 */
export const judgeAttest = (
	{ attest: bytes, signature }: { readonly attest: Uint8Array; readonly signature: Uint8Array },
	{ attestationKey, tpm, qualifyingData, trust }: AttestTerms,
): { readonly attest: TPMS_ATTEST } | Refused => {
	const attest = TPMS_ATTEST.unmarshal(bytes);
	// Part 1 §36.3: only the attestation key's signature makes this a word of the TPM; who can flip a bit in it could say anything.
	if (!verifyTpmSignature(toSubjectPublicKeyInfo(attestationKey), bytes, TPMT_SIGNATURE.unmarshal(signature))) {
		return {
			code: 'attestation-signature',
			reason: 'The attestation is not signed by the attestation key that was challenged.',
		};
	}
	// RFC 9334 §10.2: evidence of yesterday, of another connection or for another device says nothing of this one.
	if (Buffer.compare(attest.extraData, qualifyingData) !== 0) {
		return {
			code: 'evidence-stale',
			reason: 'The attestation answers another challenge, connection, key or device: begin again.',
		};
	}
	// Part 1 §26.5: an attestation key of another hierarchy, or under another parent, is not the one in the endorsed TPM.
	const endorsement = qualifiedName(tpm.endorsementKey, handleName(TPM_RH.ENDORSEMENT));
	if (Buffer.compare(attest.qualifiedSigner, qualifiedName(attestationKey, endorsement)) !== 0) {
		return { code: 'attestation-key', reason: 'The attestation key is not under the endorsement key of this TPM.' };
	}
	// Firmware with a known flaw may say whatever its attacker likes.
	const { firmwareVersion } = attest;
	if (
		trust.deniedFirmware.some(
			({ manufacturer, version }) => manufacturer === tpm.manufacturer && version === firmwareVersion,
		)
	) {
		return {
			code: 'firmware-denied',
			reason: `The TPM runs firmware ${firmwareVersion.toString(16)}, which the site denies: update the TPM's firmware.`,
		};
	}
	return { attest };
};
