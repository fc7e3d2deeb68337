import type { Milliseconds } from '@keyward/core';
import type { Fact } from '@keyward/core/policy';
import { principalKey } from '@keyward/core/device';
import type { FactStore } from '@keyward/core/port';
import { createBulkWriter } from '../thread/bulk-writer.ts';

/**
 * Facts that the running service sees again and again (what a link was, what a session held). They are at hand at once,
 * and written in bulk: losing the last seconds of them loses evidence, never a decision.
 */
export interface Observations {
	/** With `again`, what was seen with the same value within that time is not written once more. */
	see(fact: Fact, again?: Milliseconds): void;
	/** Resolves when everything seen so far is written. */
	flush(): Promise<void>;
	/** Writes what is left and stops. */
	stop(): Promise<void>;
}

export const createObservations = (store: FactStore, report: (error: unknown) => void): Observations => {
	/** What was seen and need not be written again yet; those of the time before go at the next turn. */
	let [steady, before] = [new Map<string, Fact>(), new Map<string, Fact>()];
	let turned = Number.NEGATIVE_INFINITY;
	/** Whether the same was seen so shortly before; a clock that was set back makes nothing the same. */
	const isSteady = (key: string, fact: Fact, again: Milliseconds): boolean => {
		if (Math.abs(fact.at - turned) >= again) [steady, before, turned] = [new Map<string, Fact>(), steady, fact.at];
		const last = steady.get(key) ?? before.get(key);
		const { value, strength, until, at } = fact;
		if (
			last?.value === value &&
			last.strength === strength &&
			last.until === until &&
			at >= last.at &&
			at - last.at < again
		)
			return true;
		steady.set(key, fact);
		return false;
	};
	const writer = createBulkWriter<Fact>((facts) => store.putFacts(facts), report);
	return {
		see: (fact, again) => {
			const key = `${principalKey(fact.subject)}/${fact.claim}/${fact.source}`;
			if (again !== undefined && isSteady(key, fact, again)) return;
			writer.put(key, fact);
		},
		flush: () => writer.flush(),
		stop: () => writer.stop(),
	};
};
