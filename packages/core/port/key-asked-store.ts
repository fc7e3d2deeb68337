import type { Instant } from '../units/instant.ts';

/** One that was asked for a new key, and has not come back with it. */
export interface StoredAsked {
	/** What it was asked for: an incident, or an exercise of an application. */
	readonly under: string;
	readonly device: string;
	readonly at: Instant;
}

/** Who was asked for new keys. Each call is one commit, durable when it resolves. */
export interface KeyAskedStore {
	putKeyAsked(asked: StoredAsked): Promise<void>;
	/** One, or all of it where no device is named. */
	dropKeyAsked(under: string, device: string | null): Promise<void>;
	/** In the order of asking. */
	keysAsked(): Promise<StoredAsked[]>;
}
