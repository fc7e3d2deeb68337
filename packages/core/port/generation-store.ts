import type { Instant } from '../units/instant.ts';

/**
 * Which store this is. Cursors and positions mean something within one generation alone: after a restore the same numbers are
 * given again to other rows, so anyone who keeps one keeps the generation with it.
 *
 * Random, made with the store, kept through every start and upgrade; durable when the promise resolves.
 */
export interface GenerationStore {
	generation(): Promise<StoreGeneration>;
	/** At every restore, before anything else is served. Gives the new one. */
	beginGeneration(backup: Instant): Promise<StoreGeneration>;
}

export interface StoreGeneration {
	/** 32 hex digits. */
	readonly id: string;
	/** When the backup was made that the store was last restored from; null when it never was. */
	readonly backup: Instant | null;
}
