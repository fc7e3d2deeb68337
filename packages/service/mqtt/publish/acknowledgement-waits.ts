import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Milliseconds } from '@keyward/core';
import type { Acknowledgements } from '../../thread/link-messages.ts';

/** How long admitted devices wait for their acknowledgements, as this thread sees it. */
export interface Waits {
	/** A batch has its first reading; gives what to call when all of it is answered. */
	begin(): () => void;
	/** What there was since the last look; null when no reading waited. */
	take(): Acknowledgements | null;
	stop(): void;
}

const RESOLUTION: Milliseconds = 100;
const NANOSECONDS = 1e6;

/**
 * A batch is measured from its first reading to its answers; one that still waits counts with its time so far. While the
 * thread itself was busy, readings waited in their sockets unseen, so the loop's longest delay counts too.
 */
export const createWaits = (now: () => number = () => performance.now()): Waits => {
	const open = new Set<{ readonly began: number }>();
	let longest: Milliseconds | null = null;
	const loop = monitorEventLoopDelay({ resolution: RESOLUTION });
	loop.enable();
	return {
		begin: () => {
			const batch = { began: now() };
			open.add(batch);
			return () => {
				open.delete(batch);
				longest = Math.max(longest ?? 0, now() - batch.began);
			};
		},
		take: () => {
			// In the order of their beginning: the first has waited longest.
			const [oldest] = open;
			if (oldest !== undefined) longest = Math.max(longest ?? 0, now() - oldest.began);
			const found = longest;
			const delay = Math.max(0, loop.max / NANOSECONDS - RESOLUTION);
			longest = null;
			loop.reset();
			return found === null ? null : { longest: Math.max(found, delay) };
		},
		stop: () => void loop.disable(),
	};
};
