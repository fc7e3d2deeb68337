import type { Instant } from '../units/instant.ts';

/** A call that came with an idempotency key (draft-ietf-httpapi-idempotency-key-header). */
export interface KeyedCall {
	/** SHA-256 of caller and key, hex: the key itself is not kept. */
	readonly id: string;
	/** Who called. */
	readonly who: string;
	readonly operation: string;
	/** SHA-256 of key, operation and input, hex: another is another call. */
	readonly fingerprint: string;
	/** When it was about to be done. */
	readonly at: Instant;
	/** When it was done. Null while it is under way, and for ever when nobody knows how it ended. */
	readonly ended: Instant | null;
	/** As JSON; null where it is a secret or too long to be kept. */
	readonly answer: string | null;
}

/** Calls that must not be done twice. Each call is one commit, durable when it resolves. */
export interface KeyedCallStore {
	/** In the order in which they were put first. */
	keyedCalls(): Promise<KeyedCall[]>;
	/** Replaces the one of the same id, and forgets those. */
	putKeyedCall(call: KeyedCall, forget: readonly string[]): Promise<void>;
	dropKeyedCalls(ids: readonly string[]): Promise<void>;
}
