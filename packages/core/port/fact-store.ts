import type { Component, Fact } from '../policy/fact.ts';

/**
 * Evidence. Facts of one call are kept together or not at all, durably when it resolves. Of two writers of the same subject, claim
 * and source the later stands: each says what it saw, and the newest look counts.
 */
export interface FactStore {
	/** Replaces facts of the same subject, claim and source. */
	putFacts(facts: readonly Fact[]): Promise<void>;
	/** Of subjects of that application (the empty one is the service itself), or all. */
	facts(application?: string): Promise<Fact[]>;
	/** Of that subject. Cheap, however many there are of others. */
	factsOf(subject: Component): Promise<Fact[]>;
}
