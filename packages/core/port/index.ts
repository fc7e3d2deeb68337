export type { Clock } from './clock.ts';
export type { Entropy } from './entropy.ts';
export type { Command, KeptSession, KeptSubscription, KeptWill, LinkStore } from './link-store.ts';
export type { ImportedManifest, KnownKey, MadeKey, MadePart, ManifestOrigin, PartStore } from './part-store.ts';
export type { KeyPlace, MadeKeyAlgorithm } from './key-place.ts';
export type { Signer } from './signer.ts';
export type { CheckpointMemory, CoveredRow, RegistryLog } from './registry-log.ts';
export type { Store } from './store.ts';
export type { Commit, Cursor, Horizon, ReadingStore, Row, StoredLeaf, StreamState } from './reading-store.ts';
export type {
	Grant,
	Intent,
	IssuedCertificate,
	PolicyEpoch,
	Principal,
	RegistryStore,
	Revocation,
	RevocationCause,
	RevokedCertificate,
	Token,
} from './registry-store.ts';
export type {
	CommandSummary,
	AuthorityKind,
	AuthoritySummary,
	LedgerReport,
	OperationName,
	Operations,
	PrincipalDetail,
	PrincipalSummary,
	ReadingView,
	SiteHealth,
	SiteStatus,
	StreamSummary,
} from './operation.ts';
export type { PrincipalName } from '../device/principal-name.ts';
export type { StreamName } from '../device/stream-name.ts';
export { revocationCauses } from './registry-store.ts';
