import { hash } from 'node:crypto';
import { handleName, qualifiedName, TPM_RH, TPMS_ATTEST, TPMT_PUBLIC } from '../format/tpm2/index.ts';
import type { Refusal } from '../problem/refusal.ts';
import { type CertifiedKeyEvidence, type CertifiedKeyTerms, judgeCertifiedKey } from './certified-key.ts';
import { type AttestTerms, judgeAttest } from './tpm-attest.ts';

/** What a TPM says of its key before it is cleared: TPM2_Certify, and what the key is under. */
export interface ClearingEvidence extends CertifiedKeyEvidence {
	/** TPMT_PUBLIC of the storage primary key that the device key is under, marshalled. */
	readonly parent: Uint8Array;
}

/** What a TPM says after it was cleared: any TPMS_ATTEST of an attestation key, marshalled. */
export interface ClearedEvidence {
	readonly attest: Uint8Array;
	/** TPMT_SIGNATURE, marshalled. */
	readonly signature: Uint8Array;
}

/** Where a TPM's clock stood (TPM 2.0 Part 1, "Clock"; Part 2 §10.11.1). */
export interface TpmClock {
	/** Milliseconds that it had power. */
	readonly clock: bigint;
	/** TPM Resets since it was cleared. */
	readonly resetCount: number;
}

const labelled = (label: string, nonce: Uint8Array, exporter: Uint8Array, rest: Uint8Array): Uint8Array =>
	new Uint8Array(hash('sha256', Buffer.concat([Buffer.from(label), nonce, exporter, rest]), 'buffer'));

/** SHA-256("keyward-clearing-1" ‖ nonce ‖ exporter ‖ SHA-256(SPKI) ‖ device): never that of an enrolment. */
export const clearingQualifyingData = (
	nonce: Uint8Array,
	exporter: Uint8Array,
	publicKey: Uint8Array,
	device: string,
): Uint8Array => {
	const key = hash('sha256', publicKey, 'buffer');
	return labelled('keyward-clearing-1', nonce, exporter, Buffer.concat([key, Buffer.from(device)]));
};

/** SHA-256("keyward-cleared-1" ‖ nonce ‖ exporter ‖ device). */
export const clearedQualifyingData = (nonce: Uint8Array, exporter: Uint8Array, device: string): Uint8Array =>
	labelled('keyward-cleared-1', nonce, exporter, Buffer.from(device));

/**
 * Where the clock stood when the TPM said, afresh, that it has this key, and that clearing ends it. `qualifyingData` is
 * {@link clearingQualifyingData}. Throws `Problem('tpm-malformed')`.
 */
export const judgeClearing = (
	evidence: ClearingEvidence,
	terms: CertifiedKeyTerms,
): { readonly clock: TpmClock } | { readonly refusal: Refusal } => {
	const refusal = judgeCertifiedKey(evidence, terms);
	if (refusal !== null) return { refusal };
	const { attested, clockInfo } = TPMS_ATTEST.unmarshal(evidence.attest);
	const primary = qualifiedName(TPMT_PUBLIC.unmarshal(evidence.parent), handleName(TPM_RH.OWNER));
	const under = qualifiedName(TPMT_PUBLIC.unmarshal(evidence.key), primary);
	// Part 1 §26.5, Part 3 §24.6: TPM2_Clear ends what is under the owner; a key under the platform hierarchy would outlive it.
	if (!('qualifiedName' in attested) || Buffer.compare(attested.qualifiedName, under) !== 0) {
		return refused(
			'key-attributes',
			"The key is not under a storage primary key of the owner's hierarchy, so that clearing would not end it.",
		);
	}
	return { clock: { clock: clockInfo.clock, resetCount: clockInfo.resetCount } };
};

/**
 * Whether the same TPM was cleared since its clock stood there (CR 4.2). `qualifyingData` is {@link clearedQualifyingData}. Throws
 * `Problem('tpm-malformed')`.
 */
export const judgeCleared = (evidence: ClearedEvidence, terms: AttestTerms, before: TpmClock): Refusal | null => {
	const judged = judgeAttest(evidence, terms);
	if ('code' in judged) return refused(judged.code, judged.reason).refusal;
	const { clock, resetCount, safe } = judged.attest.clockInfo;
	// Part 1, "Clock": nothing but TPM2_Clear sets the clock below a value that it reported and says `safe`, or lowers the count of
	// resets. After a power cut the clock may stand lower too, and says that it is not safe.
	if ((safe === 1 && clock < before.clock) || resetCount < before.resetCount) return null;
	return refused(
		'tpm-not-cleared',
		`The TPM was not cleared since it spoke for its key: its clock stands at ${clock} ms${safe === 1 ? '' : ', not safe'}, and stood at ${before.clock} ms.`,
	).refusal;
};

const refused = (code: Refusal['code'], reason: string): { readonly refusal: Refusal } => ({
	refusal: { code, requirement: 'erased-at-retirement', reason },
});
