import { objectName, TPM_ST, TPMT_PUBLIC, toSubjectPublicKeyInfo } from '../format/tpm2/index.ts';
import type { Refusal } from '../problem/refusal.ts';
import { strongNames } from './attestation-key.ts';
import { type AttestTerms, judgeAttest } from './tpm-attest.ts';

/** TPM2_Certify of a device key by an attestation key (TPM 2.0 Part 3 §18.2). All marshalled. */
export interface CertifiedKeyEvidence {
	/** TPMT_PUBLIC of the device key. */
	readonly key: Uint8Array;
	/** TPMS_ATTEST. */
	readonly attest: Uint8Array;
	/** TPMT_SIGNATURE. */
	readonly signature: Uint8Array;
}

/** `qualifyingData` is that of this challenge, connection, key and device. */
export interface CertifiedKeyTerms extends AttestTerms {
	/** SubjectPublicKeyInfo of the key that asks for a certificate, DER. */
	readonly publicKey: Uint8Array;
}

/**
 * Judges whether a TPM says that it made this very key and never lets it out. Throws `Problem('tpm-malformed')`, also for a
 * statement without TPM_GENERATED_VALUE, which software could have had signed.
 */
export const judgeCertifiedKey = (evidence: CertifiedKeyEvidence, terms: CertifiedKeyTerms): Refusal | null => {
	const area = TPMT_PUBLIC.unmarshal(evidence.key);
	const judged = judgeAttest(evidence, terms);
	if ('code' in judged) return refused(judged.code, judged.reason);
	const { attested } = judged.attest;
	if (attested.type !== TPM_ST.ATTEST_CERTIFY) {
		return refused('key-not-attested', 'The attestation is not of TPM2_Certify.');
	}
	// Part 1 §16: the name covers every attribute; a software key with a TPM key's attributes written beside it has another.
	if (!strongNames.includes(area.nameAlg) || Buffer.compare(attested.name, objectName(area)) !== 0) {
		return refused('key-not-attested', 'The attestation is about another key than the public area beside it.');
	}
	// The key that is certified must be the key that was attested, or a genuine TPM would vouch for a key in a file.
	if (Buffer.compare(toSubjectPublicKeyInfo(area), terms.publicKey) !== 0) {
		return refused('key-not-attested', 'The request is for another key than the one that the TPM attests.');
	}
	return judgeAttributes(area);
};

/** Part 2 §8.3: what makes a key one that was born in its TPM, stays there, and signs for its holder and nothing else. */
const judgeAttributes = ({ objectAttributes }: TPMT_PUBLIC): Refusal | null => {
	const { sign, fixedTPM, fixedParent, sensitiveDataOrigin, restricted, decrypt } = objectAttributes;
	if (!fixedTPM || !fixedParent || !sensitiveDataOrigin) {
		return refused(
			'key-attributes',
			'The key could be elsewhere too: it must be fixedTPM, fixedParent and sensitiveDataOrigin. Make it inside the TPM.',
		);
	}
	if (!sign || restricted || decrypt) {
		return refused('key-attributes', 'The key must be for signing only, and not restricted.');
	}
	return null;
};

const refused = (code: Refusal['code'], reason: string): Refusal => ({ code, requirement: 'key-custody', reason });
