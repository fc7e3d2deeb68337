import type { Fact } from '@keyward/core/policy';
import { principalKey } from '@keyward/core/device';
import type { FactStore } from '@keyward/core/port';

/** How often observations that changed are written down. */
const writeEvery = 2000;

/**
 * Facts that the running service sees again and again (what a link was, what a session held). They are at hand at once,
 * and written in bulk: losing the last seconds of them loses evidence, never a decision.
 */
export interface Observations {
	see(fact: Fact): void;
	/** Resolves when everything seen so far is written. */
	flush(): Promise<void>;
	/** Writes what is left and stops. */
	stop(): Promise<void>;
}

export const createObservations = (store: FactStore, report: (error: unknown) => void): Observations => {
	let unwritten = new Map<string, Fact>();
	let writing: Promise<void> = Promise.resolve();
	const write = (): void => {
		if (unwritten.size === 0) return;
		const facts = [...unwritten.values()];
		unwritten = new Map();
		writing = writing.then(() => store.putFacts(facts)).catch(report);
	};
	const timer = setInterval(write, writeEvery);
	return {
		see: (fact) => {
			unwritten.set(`${principalKey(fact.subject)}/${fact.claim}/${fact.source}`, fact);
		},
		flush: async () => {
			write();
			await writing;
		},
		stop: async () => {
			clearInterval(timer);
			write();
			await writing;
		},
	};
};
