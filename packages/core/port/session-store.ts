import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Cursor } from './reading-store.ts';

/** A will: what the service publishes for a device whose connection is lost (MQTT 5 §3.1.2.5). */
export interface LastMessage {
	readonly topic: string;
	readonly payload: Uint8Array;
	readonly qos: 0 | 1;
	/** Will Delay Interval (MQTT 5 §3.1.3.2.2). */
	readonly delay: Milliseconds;
}

/** A subscription as it was asked for (MQTT 5 §3.8.3). */
export interface StoredSubscription {
	readonly filter: string;
	readonly qos: 0 | 1;
	readonly retainAsPublished: boolean;
}

/** What an MQTT session keeps beyond its connection (MQTT 5 §4.1). One for each principal. */
export interface StoredSession {
	readonly principal: PrincipalName;
	readonly clientId: string;
	/** Session Expiry Interval; 0 ends it with its connection, infinity never. */
	readonly expiry: Milliseconds;
	/** When its connection ended; null while it is open, or when the service ended first. */
	readonly disconnected: Instant | null;
	readonly subscriptions: readonly StoredSubscription[];
	/** How far the peer has acknowledged each stream; a stream's own id. */
	readonly cursors: readonly { readonly stream: number; readonly cursor: Cursor }[];
	/** Null when there is none, or when it was published or deleted. */
	readonly will: LastMessage | null;
}

/**
 * Sessions that outlive their connection. Each call is one commit, durable when it resolves. There is one session for a
 * principal: the later of two writers stands, so that only who holds the principal's lease (`LeaseStore`) may write.
 */
export interface SessionStore {
	/** Keeps the session in place of the principal's earlier one. */
	putSession(session: StoredSession): Promise<void>;
	session(principal: PrincipalName): Promise<StoredSession | null>;
	sessions(): Promise<StoredSession[]>;
	/** Forgets it; changes nothing when there is none. */
	endSession(principal: PrincipalName): Promise<void>;
}
