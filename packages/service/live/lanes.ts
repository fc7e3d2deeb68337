import type { Milliseconds } from '@keyward/core';

/**
 * Who waits for the committer's answer, from the first served to the last: links and the operator before certificates before
 * strangers. Pages of event streams wait apart, so that streams that idle keep no certificate's question out.
 */
export const lanes = ['links', 'operator', 'certificates', 'followers', 'strangers'] as const;

export type Lane = (typeof lanes)[number];

/** What a turn of the committer's loop may spend on each lane while others wait, in milliseconds; one task at least. */
const shares: Readonly<Record<Lane, Milliseconds>> = {
	links: 8,
	operator: 4,
	certificates: 3,
	followers: 2,
	strangers: 2,
};

/** Runs what is asked of the committer. One for all its channels. */
export interface Scheduler {
	/** Starts the task now, or when its lane's turn comes. Tasks of one lane start in the order of asking. */
	run(lane: Lane, task: () => void): void;
}

/**
 * Requirement overload-held (CR 7.1): a MessagePort delivers up to 1,000 messages in one turn of the loop, and timers and sockets wait for all of them.
 * So what comes is queued by lane, and each turn spends a few milliseconds on every lane, in their order, and then yields to
 * the loop: a flood in one lane costs the others one share a turn. Messages of links run at once while they keep to theirs.
 */
export const createScheduler = (
	now: () => number = () => performance.now(),
	yieldTurn: (then: () => void) => void = setImmediate,
): Scheduler => {
	const queues = new Map<Lane, (() => void)[]>(lanes.map((lane) => [lane, []]));
	let pumping = false;
	/** When this turn's first message of a link began; null before it. */
	let turnBegan: number | null = null;

	const pump = async (): Promise<void> => {
		for (const [lane, queue] of queues) {
			const until = now() + shares[lane];
			while (queue.length > 0) {
				queue.shift()?.();
				// Behind everything that the task does without waiting for I/O: only then is its cost known.
				await new Promise<void>((resolve) => process.nextTick(resolve));
				if (now() >= until) break;
			}
		}
		pumping = Array.from(queues.values()).some((queue) => queue.length > 0);
		if (pumping) yieldTurn(() => void pump());
	};

	/** Whether a link's message may run at once: nothing of a link waits, and this turn's share is not spent. */
	const runsNow = (): boolean => {
		if (pumping && (queues.get('links')?.length ?? 0) > 0) return false;
		if (turnBegan !== null) return now() - turnBegan < shares.links;
		turnBegan = now();
		yieldTurn(() => {
			turnBegan = null;
		});
		return true;
	};

	return {
		run: (lane, task) => {
			if (lane === 'links' && runsNow()) {
				task();
				return;
			}
			queues.get(lane)?.push(task);
			if (pumping) return;
			pumping = true;
			yieldTurn(() => void pump());
		},
	};
};
