export { KDFa, KDFe } from './kdf.ts';
export { type Credential, encryptCfb, makeCredential, TPMS_ID_OBJECT } from './make-credential.ts';
export { handleName, objectName, qualifiedName } from './name.ts';
export { toSubjectPublicKeyInfo, uncompressedPoint, withPublicKey } from './public-key.ts';
export { SHARED_SECRET_ENTROPY, type SharedSecret, shareSecret } from './secret-sharing.ts';
export { signatureValue, verifyTpmSignature } from './signature.ts';
export { concat, Reader, sized, sizedStructure, structure, type Structure, u16, u32, u64, u8 } from './structure.ts';
export {
	AGREEMENT_KEY_P256,
	AGREEMENT_KEY_P256_WITH_PIN,
	ATTESTATION_KEY_P256,
	EK_ECC_P256,
	EK_RSA_2048,
	onP384,
	SIGNING_KEY_P256,
	SIGNING_KEY_P256_WITH_PIN,
	SRK_ECC_P256,
	SRK_RSA_2048,
} from './template.ts';
export { hashOf, TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';
export { TPM_ECC, TPM_GENERATED, TPM_RH, TPM_ST } from './tpm-constants.ts';
export { decodeTpmKeyFile, encodeTpmKeyFile, type TpmKeyFile } from './tpm-key-file.ts';
export { baseResponseCode, describeResponseCode, TPM_RC } from './tpm-rc.ts';
export { objectAttributes, type ObjectAttribute, TPMA_OBJECT } from './tpma-object.ts';
export { selectedPcrs, selectPcrs, TPML_PCR_SELECTION, type TPMS_PCR_SELECTION } from './tpml-pcr-selection.ts';
export { type Attested, TPMS_ATTEST, type TPMS_CLOCK_INFO } from './tpms-attest.ts';
export { nvName, nvPublic, TPMA_NV, TPMS_NV_PUBLIC } from './tpms-nv-public.ts';
export { TPMT_HA } from './tpmt-ha.ts';
export {
	type EccPublic,
	type KeyedHashPublic,
	type RsaPublic,
	TPM2B_PUBLIC,
	TPMS_ECC_POINT,
	TPMT_PUBLIC,
} from './tpmt-public.ts';
export { ECDSA_SHA256, NULL_SCHEME, TPMT_SCHEME } from './tpmt-scheme.ts';
export { TPMT_SIGNATURE } from './tpmt-signature.ts';
export { AES_128_CFB, NO_SYMMETRIC, TPMT_SYM_DEF } from './tpmt-sym-def.ts';
