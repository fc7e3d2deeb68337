import type { Instant } from '../units/instant.ts';

/** Where the keys of a generation are. */
export type AuthorityCustodyName = 'file' | 'pkcs11';

/**
 * How far a generation of a CA is. `making`: key, certificate and links may be there or not. `announced`: its certificate is told
 * to anyone who asks; it signs nothing. `active`: it signs. `outgoing`: an anchor for what it signed. `retiring`: no anchor any more,
 * its key is being destroyed. `retired`: only its certificate is left, for the record.
 */
export const generationStates = ['making', 'announced', 'active', 'outgoing', 'retiring', 'retired'] as const;

export type GenerationState = (typeof generationStates)[number];

/** One key of a CA, and its certificate. */
export interface Generation {
	/** 1, 2, 3 … within its CA. */
	readonly number: number;
	readonly custody: AuthorityCustodyName;
	readonly state: GenerationState;
	/** When it came to be in this state. */
	readonly since: Instant;
	/** False when it was made while its predecessor's key was lost, so that no certificate by that key leads to it. */
	readonly linked: boolean;
}

/** Base name of the generation's certificate and key; "_" stands in no application's name. */
export const generationName = (ca: string, number: number): string => (number === 1 ? ca : `${ca}_${number}`);

/** Every generation of every CA of a site. */
export interface CaInventory {
	/** Eight random hex digits: tells this site's keys from another's in one token. */
	readonly site: string;
	/** By CA, each oldest first. */
	readonly generations: ReadonlyMap<string, readonly Generation[]>;
}

/**
 * The generations of the site's CAs. Covered by the registry's ledger: who brings a retired CA back by hand is noticed.
 *
 * Each change is one commit, durable when it resolves. Two instances that roll a CA over at once do not make two: the second
 * finds that it is not as it read.
 */
export interface AuthorityStore {
	/** Null for a site that has none yet. */
	authorities(): Promise<CaInventory | null>;
	/** Begins a site's inventory. Throws `Problem('changed-meanwhile')` when there is one. */
	beginAuthorities(inventory: CaInventory): Promise<void>;
	/**
	 * Writes the generations of a CA, which were `before` when the caller read them; none goes. Throws
	 * `Problem('changed-meanwhile')` when they are not.
	 */
	putGenerations(ca: string, before: readonly Generation[], after: readonly Generation[]): Promise<void>;
}
