export { activateCredential, type Attestation, certify, quote } from './attest.ts';
export {
	type AttestationKey,
	createAttestationKey,
	loadAttestationKey,
	openAttestationKey,
} from './attestation-key.ts';
export { clearTpm, parentOfTpm2Key, requireClearable } from './clear.ts';
export { type Command, command } from './protocol/command.ts';
export { openCommand } from './command-transport.ts';
export {
	TPM2_ActivateCredential,
	TPM2_Certify,
	TPM2_MakeCredential,
	TPM2_PCR_Read,
	TPM2_Quote,
} from './commands/attestation.ts';
export { TPM2_GetCapability } from './commands/capability.ts';
export { TPM2_Clear } from './commands/hierarchy.ts';
export {
	TPM2_NV_DefineSpace,
	TPM2_NV_Read,
	TPM2_NV_ReadPublic,
	TPM2_NV_UndefineSpace,
	TPM2_NV_Write,
} from './commands/nv.ts';
export {
	TPM2_Create,
	TPM2_CreatePrimary,
	TPM2_EvictControl,
	TPM2_Load,
	TPM2_LoadExternal,
	TPM2_ReadPublic,
} from './commands/object.ts';
export {
	TPM2_FlushContext,
	TPM2_PolicyGetDigest,
	TPM2_PolicySecret,
	TPM2_StartAuthSession,
} from './commands/session.ts';
export { TPM2_ECDH_ZGen } from './commands/agreement.ts';
export { TPM2_GetRandom, TPM2_Sign } from './commands/signing.ts';
export { type StartupType, TPM2_SelfTest, TPM2_Shutdown, TPM2_Startup } from './commands/start-up.ts';
export { describeTpm, type TpmDescription } from './describe-tpm.ts';
export { openDevice } from './device-transport.ts';
export { readEndorsementAuthorities } from './endorsement-chain.ts';
export { type Endorsement, type EndorsementKind, openEndorsementKey, readEndorsement } from './endorsement-key.ts';
export { certifyFloor, HIGHEST_COUNTED_FLOOR, tpmFloorCounter } from './floor-counter.ts';
export type { Executor } from './protocol/executor.ts';
export type { Handle, Loaded } from './protocol/handle.ts';
export { eraseTpm2Key, hasTpm2Key, tpm2KeyFileOf } from './key-file.ts';
export { createPrimary, openPersistent, release } from './load.ts';
export { readNonVolatile } from './non-volatile.ts';
export { quotePcrs, type QuotedPcrs, readPcrs } from './pcrs.ts';
export { PKCS11_STORE_TOKEN, writePkcs11Store } from './pkcs11-store.ts';
export { DECRYPT, ENCRYPT, Session } from './protocol/session.ts';
export { openSwtpm, powerOnSwtpm, shutDownSwtpm, type SwtpmAddress } from './socket-transport.ts';
export { type OpenSession, startEndorsementSession, startSaltedSession } from './start-session.ts';
export { provisionStorageKey, SRK_HANDLE } from './storage-key.ts';
export { takesSeveral } from './tcti.ts';
export { openTpm, Tpm, type TpmOptions } from './tpm.ts';
export { hasResponseCode, TpmError } from './protocol/tpm-error.ts';
export { createTpm2AgreementKey, openTpm2AgreementKey } from './tpm2-agreement-key.ts';
export { createTpm2Key, openTpm2Key, type Tpm2Key, type TpmCurve } from './tpm2-key.ts';
export type { Tpm2KeyOptions } from './wrapped-key.ts';
export { tpm2KeyStore, type Tpm2KeyStore, type Tpm2StoreKey, type Tpm2KeyStoreOptions } from './tpm2-key-store.ts';
export type { Transport } from './transport.ts';
