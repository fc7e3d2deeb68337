import type { Instant } from '../units/instant.ts';
import type { Finding } from './finding.ts';
import type { Material } from './material.ts';
import type { PublishedKeys } from './published-keys.ts';

export interface CheckOptions {
	/**
	 * Keys the fingerprints of PSKs, so that a report is no oracle for guessing them. Random for each run; the same key
	 * again makes the fingerprints of two runs comparable, and is then a secret as the PSKs are.
	 */
	readonly runKey: Uint8Array;
	readonly published: PublishedKeys;
	readonly now: Instant;
	/** Told now and then how far a long step of `findings` has come. */
	readonly progress?: (what: string, done: number, of: number) => void;
}

/** Takes in materials one by one and holds on to little of each; neither call throws, whatever the materials hold. */
export interface Check {
	add(material: Material): void;
	findings(): readonly Finding[];
}

/** All checks together. */
export interface Checks extends Check {
	/** The distinct RSA moduli so far, for a caller who spreads the search for shared primes over threads. */
	moduli(): readonly bigint[];
	/**
	 * Worst first. `factors` is what `sharedFactors` gives for `moduli()`, in that order; without it the search runs in here,
	 * on this thread (minutes for 100,000 moduli).
	 */
	findings(factors?: readonly bigint[]): readonly Finding[];
}
