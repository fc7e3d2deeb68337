import type { ErrorCode } from '@keyward/core';
import type { Doubt } from '@keyward/core/observe';

/** What a reading of a series is to become. */
export type Fate =
	/** Stored as it is, at its time; a mark on it is a false suspicion. */
	| { readonly kind: 'good' }
	/** Not stored; counted under this code by the agent (`complaint`) or refused by the service. */
	| { readonly kind: 'complaint' | 'refused'; readonly code: ErrorCode }
	/** Stored with the wrong value that the sensor gave, and this mark. */
	| { readonly kind: 'marked'; readonly doubt: Doubt }
	/** The sensor was stuck, and nobody can know it yet. */
	| { readonly kind: 'too-early' };

/** One reading of a series, and what was planted. */
export interface Planted {
	readonly stream: string;
	readonly time: number;
	/** What the sensor gave. */
	readonly value: number;
	readonly fault: string | null;
	readonly fate: Fate;
}

/** A recording with faults in it, and what is to become of each of its readings. */
export interface PlantedSeries {
	readonly text: string;
	readonly readings: readonly Planted[];
}

export const good: Fate = { kind: 'good' };

/** Chooses one of these. */
export const oneOf = <T>(from: readonly T[], random: () => number): T => {
	const one = from[Math.floor(random() * from.length)];
	if (one === undefined) throw new RangeError('nothing to choose from');
	return one;
};
