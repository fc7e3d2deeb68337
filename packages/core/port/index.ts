export type { Clock } from './clock.ts';
export type { Entropy } from './entropy.ts';
export type { Signer } from './signer.ts';
export type { Store } from './store.ts';
export type { Commit, Cursor, ReadingStore, Row, StoredLeaf, StreamName, StreamState } from './reading-store.ts';
export type {
	Grant,
	Intent,
	IssuedCertificate,
	PolicyEpoch,
	Principal,
	PrincipalName,
	RegistryStore,
	Token,
} from './registry-store.ts';
export type {
	LedgerReport,
	OperationName,
	Operations,
	PrincipalDetail,
	PrincipalSummary,
	ReadingView,
	SiteStatus,
	StreamSummary,
} from './operation.ts';
