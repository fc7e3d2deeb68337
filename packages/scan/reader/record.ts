import type { Token } from './tokens.ts';

/** A line with what looks like a key, and the lines around it. */
export interface Row {
	/** Its first line and its last, from 1. */
	readonly number: number;
	readonly last: number;
	readonly tokens: readonly Token[];
	readonly secrets: readonly Uint8Array[];
	/** The lines above it, the nearest first. */
	readonly above: readonly string[];
	/** Those below it, the nearest first. */
	readonly below: string[];
}

/** Who is who in records that are alike. */
export interface Naming {
	/** One for each record. */
	readonly names: readonly string[];
	/** The same as they are written. */
	readonly whole: readonly string[];
	/** The words that all records have, in their own line and in those with the name. */
	readonly same: readonly string[];
	/** What stands before the name, or a number in it, says that it is a device's. */
	readonly isDevice: boolean;
	/** The name's place in the line with the key; -1 in another. */
	readonly at: number;
	/** A word for a key that all names have: `LMK_` of `LMK_BOILER`. */
	readonly field: string;
}
