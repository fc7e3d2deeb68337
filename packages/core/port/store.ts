import type { AuditStore } from './audit-store.ts';
import type { CommandStore } from './command-store.ts';
import type { DataKeyStore } from './data-key-store.ts';
import type { DeviceReportStore } from './device-report-store.ts';
import type { FactStore } from './fact-store.ts';
import type { GenerationStore } from './generation-store.ts';
import type { HandshakeStore } from './handshake-store.ts';
import type { IncidentStore } from './incident-store.ts';
import type { KeyAskedStore } from './key-asked-store.ts';
import type { KeyedCallStore } from './keyed-call-store.ts';
import type { LeaseStore } from './lease-store.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { NetworkStore } from './network-store.ts';
import type { NumberStore } from './number-store.ts';
import type { PartStore } from './part-store.ts';
import type { PersonSessionStore } from './person-session-store.ts';
import type { PersonStore } from './person-store.ts';
import type { PostureHistoryStore } from './posture-history-store.ts';
import type { ReadingStore } from './reading-store.ts';
import type { RegistryStore } from './registry-store.ts';
import type { RolloutStore } from './rollout-store.ts';
import type { SessionStore } from './session-store.ts';
import type { UpdateStore } from './update-store.ts';

/**
 * Everything the service keeps, for who opens and closes it; all others take the ports they need. One suite for each port runs
 * every implementation.
 *
 * Durability: a promise that resolves means durable. After `kill -9` or power loss at any later moment, the next open of the same
 * place sees it. A rejected promise means nothing of that call is kept.
 * Concurrency: each call is one transaction, and calls begun in order take effect in order. Where two writers may meet, a call names
 * what its caller read, and `Problem('changed-meanwhile')` says that it is not so any more: read again, judge again, ask again.
 * One process opens a place at a time; a second open throws `Problem('store-in-use')`.
 */
export interface Store
	extends
		ReadingStore,
		LedgerStore,
		RegistryStore,
		FactStore,
		SessionStore,
		CommandStore,
		PartStore,
		LeaseStore,
		NumberStore,
		AuditStore,
		KeyedCallStore,
		GenerationStore,
		UpdateStore,
		RolloutStore,
		IncidentStore,
		HandshakeStore,
		NetworkStore,
		KeyAskedStore,
		DataKeyStore,
		DeviceReportStore,
		PersonStore,
		PostureHistoryStore,
		PersonSessionStore {
	close(): Promise<void>;
}
