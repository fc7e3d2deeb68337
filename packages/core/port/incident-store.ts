import type { Instant } from '../units/instant.ts';

/** One incident as it is kept. */
export interface StoredIncident {
	/** In the order of their opening; never used for another. */
	readonly number: number;
	readonly application: string;
	readonly device: string;
	readonly opened: Instant;
	/** All else about it, as JSON (`@keyward/core/incident`). */
	readonly text: string;
}

/** Incidents with their containments. Each call is one commit, durable when it resolves; covered by the registry's ledger. */
export interface IncidentStore {
	/** Gives its number. */
	addIncident(incident: Omit<StoredIncident, 'number'>): Promise<number>;
	/** Replaces what is kept of it. Throws `Problem('store-failed')` where there is none of this number. */
	putIncident(number: number, text: string): Promise<void>;
	/** Oldest first. */
	incidents(): Promise<StoredIncident[]>;
}
