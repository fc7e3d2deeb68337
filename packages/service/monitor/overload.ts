import { type ErrorCode, type Instant, type Milliseconds, seconds } from '@keyward/core';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import type { Counters } from '../log/counters.ts';
import type { Acknowledgements } from '../thread/link-messages.ts';

/** Refusals because a peer, or all strangers together, already had as much as they may. */
const overBudget: ReadonlySet<string> = new Set<ErrorCode>([
	'service-busy',
	'request-too-often',
	'subscription-refused',
	'reading-too-often',
]);

/** An acknowledgement that took longer is one that its device went without. */
const SERVED_WITHIN: Milliseconds = seconds(1);
/** An overload is over when nothing was refused for so long. */
const CALM: Milliseconds = seconds(5);
/** Fewer refusals are one impatient client. A long wait counts from the first. */
const LEAST = 20;

/** What was seen of one overload. */
export interface SeenOverload {
	readonly refused: number;
	/** The longest that an admitted device waited for an acknowledgement meanwhile; null when none published. */
	readonly longest: Milliseconds | null;
}

/**
 * Requirement overload-held (IEC 62443-4-2 CR 7.1): what really happened to admitted devices while others were refused for
 * their budgets. Nothing is tried out: who was never flooded has the claim alone.
 */
export interface Overload {
	/** The listeners run, with their budgets in force. */
	listening(): void;
	/** News of a worker: a code, and how often it came. */
	refused(code: string, times: number): void;
	/** News of a link worker, about once a second while devices publish. */
	acknowledged(news: Acknowledgements): void;
}

export const createOverload = (
	see: (fact: Fact) => void,
	onOver: (seen: SeenOverload) => void,
	now: () => Instant,
): Overload => {
	let seen: { refused: number; longest: Milliseconds | null; last: Instant } | null = null;
	/** Told in the second in which the first refusal came, or just before it. */
	let newest: { readonly longest: Milliseconds; readonly at: Instant } | null = null;

	const fact = (value: Fact['value'], strength: Fact['strength'], source: string): Fact => ({
		...{ subject: serviceComponent, claim: 'overload-held', value, strength, source },
		at: now(),
	});

	const endIfCalm = (): void => {
		if (seen === null || now() - seen.last <= CALM) return;
		const { refused, longest } = seen;
		seen = null;
		onOver({ refused, longest });
	};

	const observe = (): void => {
		if (seen === null || seen.longest === null) return;
		const { refused, longest } = seen;
		if (longest > SERVED_WITHIN) {
			const found = `an acknowledgement took ${(longest / 1000).toFixed(1)} s while ${refused} requests over budget were refused`;
			see(fact(found, 'observed', 'overload'));
		} else if (refused >= LEAST) see(fact(true, 'observed', 'overload'));
	};

	return {
		listening: () => see(fact(true, 'claimed', 'service')),
		refused: (code, times) => {
			if (!overBudget.has(code)) return;
			endIfCalm();
			const at = now();
			const before = newest !== null && at - newest.at < seconds(2) ? newest.longest : null;
			seen ??= { refused: 0, longest: before, last: at };
			seen.refused += times;
			seen.last = at;
			observe();
		},
		acknowledged: ({ longest }) => {
			newest = { longest, at: now() };
			endIfCalm();
			if (seen === null) return;
			seen.longest = Math.max(seen.longest ?? 0, longest);
			observe();
		},
	};
};

/** What workers count goes to the counters, and shows an overload. */
export const countRefusals =
	(counters: Pick<Counters, 'add'>, overload: Pick<Overload, 'refused'>) =>
	(counted: readonly (readonly [string, number])[]): void => {
		for (const [code, times] of counted) {
			counters.add(code, times);
			overload.refused(code, times);
		}
	};
