import { type Credential, NULL_SCHEME, type TPML_PCR_SELECTION, TPMT_SIGNATURE } from '@keyward/core/tpm2';
import { type AttestationKey, loadAttestationKey } from './attestation-key.ts';
import { TPM2_ActivateCredential, TPM2_Certify, TPM2_Quote } from './commands/attestation.ts';
import { openEndorsementKey } from './endorsement-key.ts';
import { ENCRYPT } from './protocol/session.ts';
import { startEndorsementSession, startSaltedSession } from './start-session.ts';
import type { Tpm } from './tpm.ts';
import type { Tpm2Key } from './tpm2-key.ts';

/** What a TPM says, as it goes to who wants to know. */
export interface Attestation {
	/** TPMS_ATTEST, marshalled, as it was signed. */
	readonly attest: Uint8Array;
	/** TPMT_SIGNATURE, marshalled. */
	readonly signature: Uint8Array;
}

/**
 * The attestation key says that `key` is in its TPM, with the attributes of its public area (TPM2_Certify). `qualifyingData`: at most 66
 * bytes of the challenger (TPM2B_DATA), which come back in `extraData`.
 */
export const certify = (
	tpm: Tpm,
	key: Pick<Tpm2Key, 'load'>,
	attestationKey: AttestationKey,
	qualifyingData: Uint8Array,
): Promise<Attestation> =>
	tpm.operation(async () => {
		await using signHandle = await loadAttestationKey(tpm, attestationKey);
		await using objectHandle = await key.load();
		const said = await TPM2_Certify(tpm, { objectHandle, signHandle, qualifyingData, inScheme: NULL_SCHEME });
		return { attest: said.attest, signature: TPMT_SIGNATURE.marshal(said.signature) };
	});

/** The attestation key says what the selected PCRs hold (TPM2_Quote). `qualifyingData` as for {@link certify}. */
export const quote = (
	tpm: Tpm,
	attestationKey: AttestationKey,
	PCRselect: TPML_PCR_SELECTION,
	qualifyingData: Uint8Array,
): Promise<Attestation> =>
	tpm.operation(async () => {
		await using signHandle = await loadAttestationKey(tpm, attestationKey);
		const said = await TPM2_Quote(tpm, { signHandle, qualifyingData, inScheme: NULL_SCHEME, PCRselect });
		return { attest: said.attest, signature: TPMT_SIGNATURE.marshal(said.signature) };
	});

/**
 * Opens a credential that was made for this attestation key and this TPM's endorsement key, and gives the secret. It crosses the
 * bus encrypted. Throws `TpmError` (TPM_RC_INTEGRITY, TPM_RC_VALUE …) when it was made for others.
 */
export const activateCredential = (
	tpm: Tpm,
	attestationKey: AttestationKey,
	credential: Credential,
): Promise<Uint8Array> =>
	tpm.operation(async () => {
		await using endorsement = await openEndorsementKey(tpm, attestationKey.endorsement);
		await using activateHandle = await attestationKey.loadUnder(endorsement);
		await using policy = await startEndorsementSession(tpm);
		await using encrypted = await startSaltedSession(tpm, endorsement, ENCRYPT);
		const input = { activateHandle, keyHandle: { ...endorsement, session: policy.session }, ...credential };
		const { certInfo } = await TPM2_ActivateCredential(tpm, input, encrypted.session);
		return certInfo;
	});
