import { TPM_ALG, type TPMT_PUBLIC } from '../format/tpm2/index.ts';
import type { Refusal } from '../problem/refusal.ts';

const attestationKey = (reason: string): Refusal => ({ code: 'attestation-key', requirement: 'key-custody', reason });

/** Names made with weaker hashes could be met by a second object. */
export const strongNames: readonly number[] = [TPM_ALG.SHA256, TPM_ALG.SHA384];

/**
 * Judges an attestation key by its public area (TPM 2.0 Part 1 §36.3, Part 3 §24.2). That it is in the endorsed TPM is shown
 * by the credential that only that TPM, holding this very area, can open; so a public area that is swapped fails there.
 */
export const judgeAttestationKey = (area: TPMT_PUBLIC): Refusal | null => {
	const { restricted, sign, decrypt, fixedTPM, fixedParent, sensitiveDataOrigin } = area.objectAttributes;
	if (!strongNames.includes(area.nameAlg))
		return attestationKey('The attestation key has a name algorithm other than SHA-256 or SHA-384.');
	// A signing key that is not restricted signs whatever it is given: software would write its own attestations.
	if (!restricted || !sign || decrypt) {
		return attestationKey('The attestation key must be restricted, and for signing only.');
	}
	// One that can leave its TPM signs for another.
	if (!fixedTPM || !fixedParent || !sensitiveDataOrigin) {
		return attestationKey('The attestation key must be fixedTPM, fixedParent and sensitiveDataOrigin.');
	}
	return null;
};
