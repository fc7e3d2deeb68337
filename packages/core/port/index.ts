export type { AuditEntry, AuditQuery, AuditStore } from './audit-store.ts';
export type { PostureHistoryStore } from './posture-history-store.ts';
export type { Clock } from './clock.ts';
export type { Encapsulate, KemKey } from './kem-key.ts';
export type { Entropy } from './entropy.ts';
export type { Command, CommandStore } from './command-store.ts';
export type { StoredSession, StoredSubscription, LastMessage, SessionStore } from './session-store.ts';
export type { FactStore } from './fact-store.ts';
export type { HandshakeStore, StoredHandshake } from './handshake-store.ts';
export type { NetworkStore, StoredNetwork } from './network-store.ts';
export type { LedgerStore } from './ledger-store.ts';
export type { Grant, GrantStore } from './grant-store.ts';
export type { PolicyEpoch, PolicyStore } from './policy-store.ts';
export type { AdmissionStore, Intent, Token } from './admission-store.ts';
export type {
	CertificateOrigin,
	CertificateStore,
	IssuedCertificate,
	Revocation,
	RevocationCause,
	RevokedCertificate,
} from './certificate-store.ts';
export type { Principal } from './principal.ts';
export type { PrincipalName } from '../device/principal-name.ts';
export type { StreamName } from '../device/stream-name.ts';
export type { PrincipalStore } from './principal-store.ts';
export type { RegistryStore } from './registry-store.ts';
export type {
	ImportedManifest,
	KnownKey,
	KnownStatement,
	MadeKey,
	MadePart,
	ManifestOrigin,
	PartStore,
} from './part-store.ts';
export type { AgreementKey } from './agreement-key.ts';
export { type KeyStore, type SigningAlgorithm, signingAlgorithms } from './key-store.ts';
export type { Signer } from './signer.ts';
export type { CheckpointMemory, CoveredRow, RegistryLog } from './registry-log.ts';
export type { Store } from './store.ts';
export type {
	Commit,
	Cursor,
	RetentionWatermark,
	ReadingStore,
	Row,
	StoredLeaf,
	StoredRecord,
	StreamState,
} from './reading-store.ts';
export type {
	AuthorityCustodyName,
	AuthorityStore,
	CaInventory,
	Generation,
	GenerationState,
} from './authority-store.ts';
export type { DataKey, DataKeyStore } from './data-key-store.ts';
export type { GenerationStore, StoreGeneration } from './generation-store.ts';
export type { KeyedCall, KeyedCallStore } from './keyed-call-store.ts';
export type { Lease, LeaseStore } from './lease-store.ts';
export type { ApprovalRequest, Override, PersonSessionStore, StoredPersonSession } from './person-session-store.ts';
export type { NumberStore } from './number-store.ts';
export type { RolloutStore, StoredRollout, StoredRolloutDevice, UpdateReport } from './rollout-store.ts';
export type { DeviceReportStore, StoredDeviceReport } from './device-report-store.ts';
export type { KeyAskedStore, StoredAsked } from './key-asked-store.ts';
export type { IncidentStore, StoredIncident } from './incident-store.ts';
export type {
	DocumentOutcome,
	RunningSoftware,
	StoredBill,
	StoredBootReference,
	StoredDocument,
	StoredFloor,
	UpdateStore,
} from './update-store.ts';
export { generationName, generationStates } from './authority-store.ts';
export { revocationCauses } from './certificate-store.ts';
export { type KeyPurpose, keyPurposes, type PrincipalKeyStore, type RegisteredKey } from './principal-key-store.ts';
export {
	type Identity,
	type Invitation,
	type Passkey,
	type Person,
	type PersonRole,
	personRoles,
	type PersonStep,
	personSteps,
	type PersonStore,
} from './person-store.ts';
