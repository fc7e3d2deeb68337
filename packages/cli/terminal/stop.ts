import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** How long a repeated signal counts as the same request: bin/run.mjs and npx pass on what the terminal sends us too. */
const SAME_REQUEST = 2000;

export interface Stop {
	/** Aborted by the first SIGINT or SIGTERM. */
	readonly signal: AbortSignal;
	/** Leaves signals to Node again: they end the process. */
	readonly release: () => void;
}

/**
 * Turns SIGINT and SIGTERM into a request to stop. One key press may arrive several times (from the terminal, from npx, from
 * the Node that handed over to Node 24), so a repeated signal ends the process at once, with 128 and its number, only when it comes
 * `sameRequest` ms or more after the first.
 */
export const untilStopped = (sameRequest = SAME_REQUEST): Stop => {
	const stop = new AbortController();
	let since = 0;
	const hear = (name: (typeof SIGNALS)[number]): void => {
		if (!stop.signal.aborted) {
			since = performance.now();
			stop.abort();
		} else if (performance.now() - since >= sameRequest) process.exit(128 + constants.signals[name]);
	};
	for (const name of SIGNALS) process.on(name, hear);
	const release = (): void => {
		for (const name of SIGNALS) process.off(name, hear);
	};
	return { signal: stop.signal, release };
};
