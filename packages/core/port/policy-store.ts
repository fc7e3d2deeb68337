import type { Instant } from '../units/instant.ts';

export interface PolicyEpoch {
	readonly application: string;
	/** 1, 2, 3 … within the application. */
	readonly epoch: number;
	readonly text: string;
	readonly at: Instant;
}

/** Policies by their epochs, which are never changed. Each call is one commit, durable when it resolves. */
export interface PolicyStore {
	/**
	 * Adds the application's policy epoch after the one that the caller knows as its newest, 0 for none. Throws
	 * `Problem('changed-meanwhile')` when another came since: of two writers one finds out.
	 */
	putPolicy(application: string, text: string, at: Instant, after: number): Promise<PolicyEpoch>;
	/** The newest epoch of each application, by name. */
	policies(): Promise<PolicyEpoch[]>;
}
