/**
 * Which store this is. Cursors and positions mean something within one generation alone: after a restore the same numbers are
 * given again to other rows, so whoever keeps one keeps the generation with it.
 *
 * Random, made with the store, kept through every start and upgrade; durable when the promise resolves.
 */
export interface GenerationStore {
	/** 32 hex digits. */
	generation(): Promise<string>;
	/** At every restore, before anything else is served. Gives the new one. */
	beginGeneration(): Promise<string>;
}
