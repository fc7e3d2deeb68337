import type { StreamTerms } from '../policy/policy.ts';
import type { Instant } from '../units/instant.ts';
import { hours, type Milliseconds, minutes } from '../units/milliseconds.ts';
import { doubtBit } from './doubt.ts';

/** When a value is doubted though it can be right; null where nothing of it is suspicious. */
export interface SuspicionTerms {
	/** The same value so many times in a row. */
	readonly stuckAfter: number | null;
	/** A change by more than `most` from one reading to the next, where no more than `within` lies between them. */
	readonly largestChange: { readonly most: number; readonly within: Milliseconds } | null;
}

/** Counts scatter with every reading: one that stands still for long comes from a dead tube or a frozen program. */
const counted = ['1/min', '1/s', 'Bq', 'Sv', 'Sv/h', 'Gy'];
/** What weather and rooms do to these is slow, and never nothing for a whole day. */
const slow: Readonly<Record<string, number>> = { Cel: 25, K: 25, '%RH': 60, hPa: 15, Pa: 1500 };

/** Where the policy says nothing: by the quantity, so generous that what is marked is worth a look. */
const usual = ({ unit, every }: StreamTerms): SuspicionTerms => {
	if (counted.includes(unit)) {
		return { stuckAfter: Math.max(60, Math.ceil(minutes(5) / every)), largestChange: null };
	}
	const most = slow[unit];
	if (most === undefined) return { stuckAfter: null, largestChange: null };
	return { stuckAfter: Math.max(24, Math.ceil(hours(24) / every)), largestChange: { most, within: hours(1) } };
};

/** What is suspicious of a stream's values, by its policy or else by its quantity. */
export const suspicionTerms = (terms: StreamTerms): SuspicionTerms => {
	const { stuckAfter, largestChange } = usual(terms);
	return {
		stuckAfter: terms.stuckAfter === undefined ? stuckAfter : terms.stuckAfter,
		largestChange: terms.largestChange === undefined ? largestChange : terms.largestChange,
	};
};

/** Readings in a row that are far from what was before, and near each other, are a change and no fault. */
const changed = 3;

/** What the next value of a stream is compared with. */
export interface ValueWatch {
	terms: SuspicionTerms;
	/** Of the last reading; NaN before the first. */
	value: number;
	time: Instant;
	/** How often it came in a row. */
	same: number;
	/** The last reading that was not doubted for its rate. */
	good: number;
	goodTime: Instant;
	/** The last one that was, and how many of them in a row were near each other. */
	odd: number;
	oddTime: Instant;
	odds: number;
}

const never = Number.NEGATIVE_INFINITY;

export const openWatch = (terms: SuspicionTerms): ValueWatch => ({
	terms,
	value: Number.NaN,
	time: never,
	same: 0,
	good: Number.NaN,
	goodTime: never,
	odd: Number.NaN,
	oddTime: never,
	odds: 0,
});

/** A watch that goes on from the same point. */
export const copyWatch = (watch: ValueWatch): ValueWatch => ({ ...watch });

/**
 * Takes the next value of a stream and gives what is doubtful of it, as bits (`doubtBit`). CR 3.5: such a value can be true, so it
 * is not refused; anyone who acts on it sees that it may be a fault, or a sensor that somebody holds. A reading that is older than
 * the last is not judged: what was around it is not at hand.
 */
export const judgeValue = (watch: ValueWatch, time: Instant, value: number): number => {
	if (time <= watch.time) return 0;
	const { stuckAfter, largestChange } = watch.terms;
	watch.same = value === watch.value ? watch.same + 1 : 1;
	watch.value = value;
	watch.time = time;
	const stuck = stuckAfter !== null && watch.same >= stuckAfter ? doubtBit.stuck : 0;
	if (largestChange === null) return stuck;
	const { most, within } = largestChange;
	const near = (other: number, then: Instant): boolean => !(time - then <= within && Math.abs(value - other) > most);
	if (!near(watch.good, watch.goodTime)) {
		watch.odds = watch.odds > 0 && near(watch.odd, watch.oddTime) ? watch.odds + 1 : 1;
		watch.odd = value;
		watch.oddTime = time;
		if (watch.odds < changed) return stuck | doubtBit.rate;
	}
	watch.good = value;
	watch.goodTime = time;
	watch.odds = 0;
	return stuck;
};
