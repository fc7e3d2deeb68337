import type { CertifiedKeyEvidence, FloorEvidence } from '@keyward/core/attest';
import type { QuotedPcrs } from '@keyward/custody/tpm2';
import type { Credential } from '@keyward/core/tpm2';

/** A part that can show where a key lives; a TPM. */
export interface Attestor {
	/** DER: the endorsement key's own first, each issued by the next. */
	readonly endorsementCertificates: readonly Uint8Array[];
	/** TPMT_PUBLIC, marshalled. */
	readonly attestationKey: Uint8Array;
	/** Opens the challenge and gives what is in it (TPM2_ActivateCredential). */
	answer(credential: Credential): Promise<Uint8Array>;
	/** The part's own word on how this machine started (TPM2_Quote). */
	quote(qualifyingData: Uint8Array): Promise<QuotedPcrs>;
	/** The part's own word on the security floor that it counts (TPM2_NV_Certify). */
	floor(qualifyingData: Uint8Array): Promise<FloorEvidence>;
	/** TPMT_PUBLIC, marshalled, of the storage key that the key is under. */
	parent(): Promise<Uint8Array>;
	/** The part's own word that the key is in it (TPM2_Certify). */
	certify(qualifyingData: Uint8Array): Promise<CertifiedKeyEvidence>;
}
