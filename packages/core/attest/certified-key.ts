import {
	handleName,
	objectName,
	qualifiedName,
	TPM_RH,
	TPM_ST,
	TPMS_ATTEST,
	TPMT_PUBLIC,
	TPMT_SIGNATURE,
	toSubjectPublicKeyInfo,
	verifyTpmSignature,
} from '../format/tpm2/index.ts';
import type { Refusal } from '../problem/refusal.ts';
import { strongNames } from './attestation-key.ts';
import type { EndorsedTpm } from './endorsement-key.ts';
import type { AttestationTrust } from './trust.ts';

/** TPM2_Certify of a device key by an attestation key (TPM 2.0 Part 3 §18.2). All marshalled. */
export interface CertifiedKeyEvidence {
	/** TPMT_PUBLIC of the device key. */
	readonly key: Uint8Array;
	/** TPMS_ATTEST. */
	readonly attest: Uint8Array;
	/** TPMT_SIGNATURE. */
	readonly signature: Uint8Array;
}

export interface CertifiedKeyTerms {
	/** SubjectPublicKeyInfo of the key that asks for a certificate, DER. */
	readonly publicKey: Uint8Array;
	/** The public area of the attestation key, as it was judged and challenged. */
	readonly attestationKey: TPMT_PUBLIC;
	readonly tpm: Omit<EndorsedTpm, 'path'>;
	/** {@link qualifyingData} of this challenge, connection, key and device. */
	readonly qualifyingData: Uint8Array;
	readonly trust: AttestationTrust;
}

/**
 * Judges whether a TPM says that it made this very key and never lets it out. Throws `Problem('tpm-malformed')`, also for a
 * statement without TPM_GENERATED_VALUE, which software could have had signed.
 */
export const judgeCertifiedKey = (evidence: CertifiedKeyEvidence, terms: CertifiedKeyTerms): Refusal | null => {
	const area = TPMT_PUBLIC.unmarshal(evidence.key);
	const attest = TPMS_ATTEST.unmarshal(evidence.attest);
	const signature = TPMT_SIGNATURE.unmarshal(evidence.signature);
	const { attestationKey, tpm } = terms;

	// Part 1 §36.3: only the attestation key's signature makes this a word of the TPM; whoever can flip a bit in it could say
	// anything.
	if (!verifyTpmSignature(toSubjectPublicKeyInfo(attestationKey), evidence.attest, signature)) {
		return refused(
			'attestation-signature',
			'The attestation is not signed by the attestation key that was challenged.',
		);
	}
	if (attest.attested.type !== TPM_ST.ATTEST_CERTIFY) {
		return refused('key-not-attested', 'The attestation is not of TPM2_Certify.');
	}
	// RFC 9334 §10.2: evidence of yesterday, of another connection or for another device says nothing of this one.
	if (Buffer.compare(attest.extraData, terms.qualifyingData) !== 0) {
		return refused(
			'evidence-stale',
			'The attestation answers another challenge, connection, key or device: begin again.',
		);
	}
	// Part 1 §26.5: an attestation key of another hierarchy, or under another parent, is not the one in the endorsed TPM.
	const endorsement = qualifiedName(tpm.endorsementKey, handleName(TPM_RH.ENDORSEMENT));
	if (Buffer.compare(attest.qualifiedSigner, qualifiedName(attestationKey, endorsement)) !== 0) {
		return refused('attestation-key', 'The attestation key is not under the endorsement key of this TPM.');
	}
	// Part 1 §16: the name covers every attribute; a software key with a TPM key's attributes written beside it has another.
	if (!strongNames.includes(area.nameAlg) || Buffer.compare(attest.attested.name, objectName(area)) !== 0) {
		return refused('key-not-attested', 'The attestation is about another key than the public area beside it.');
	}
	// The key that is certified must be the key that was attested, or a genuine TPM would vouch for a key in a file.
	if (Buffer.compare(toSubjectPublicKeyInfo(area), terms.publicKey) !== 0) {
		return refused('key-not-attested', 'The request is for another key than the one that the TPM attests.');
	}
	return judgeAttributes(area) ?? judgeFirmware(attest.firmwareVersion, terms);
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

/** Firmware with a known flaw may say whatever its attacker likes. */
const judgeFirmware = (version: bigint, { trust, tpm }: CertifiedKeyTerms): Refusal | null =>
	trust.deniedFirmware.some((denied) => denied.maker === tpm.maker && denied.version === version)
		? refused(
				'firmware-denied',
				`The TPM runs firmware ${version.toString(16)}, which the site denies: update the TPM's firmware.`,
			)
		: null;

const refused = (code: Refusal['code'], reason: string): Refusal => ({ code, requirement: 'key-custody', reason });
