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

/** What the scheduler takes from the loop; tests bring their own. */
interface Loop {
	now(): number;
	/** Behind what the loop has for this turn. */
	yieldTurn(then: () => void): void;
	rest(span: Milliseconds, then: () => void): void;
}

const ownLoop: Loop = {
	now: () => performance.now(),
	yieldTurn: (then) => void setImmediate(then),
	rest: (span, then) => void setTimeout(then, span),
};

/**
 * Requirement overload-held (CR 7.1): a MessagePort delivers up to 1,000 messages in one turn of the loop, and timers and
 * sockets wait for all of them. So what comes is queued by lane, and each turn spends a few milliseconds on every lane, in
 * their order, and then yields to the loop: a flood in one lane costs the others one share a turn. Messages of links run at
 * once while they keep to theirs, and while there are any, the other lanes rest as long as they worked.
 */
export const createScheduler = ({ now, yieldTurn, rest }: Loop = ownLoop): Scheduler => {
	const links: (() => void)[] = [];
	const queues = new Map<Lane, (() => void)[]>(lanes.filter((lane) => lane !== 'links').map((lane) => [lane, []]));
	let pumpingLinks = false;
	let pumping = false;
	/** When this turn's first message of a link began; null before it. */
	let turnBegan: number | null = null;
	/** Whether a message of a link came since the other lanes were served. */
	let linksCame = false;

	/** Tasks of one lane for its share of the turn; one at least. */
	const serve = async (lane: Lane, queue: (() => void)[]): Promise<void> => {
		const until = now() + shares[lane];
		while (queue.length > 0) {
			queue.shift()?.();
			// Behind everything that the task does without waiting for I/O: only then is its cost known.
			await new Promise<void>((resolve) => process.nextTick(resolve));
			if (now() >= until) break;
		}
	};

	const pumpLinks = async (): Promise<void> => {
		await serve('links', links);
		pumpingLinks = links.length > 0;
		if (pumpingLinks) yieldTurn(() => void pumpLinks());
	};

	const pump = async (): Promise<void> => {
		const began = now();
		for (const [lane, queue] of queues) await serve(lane, queue);
		pumping = Array.from(queues.values()).some((queue) => queue.length > 0);
		if (!pumping) return;
		if (linksCame) rest(now() - began, () => void pump());
		else yieldTurn(() => void pump());
		linksCame = false;
	};

	/** Whether a link's message may run at once: none waits, and this turn's share is not spent. */
	const runsNow = (): boolean => {
		linksCame = true;
		if (links.length > 0) return false;
		if (turnBegan !== null) return now() - turnBegan < shares.links;
		turnBegan = now();
		yieldTurn(() => {
			turnBegan = null;
		});
		return true;
	};

	return {
		run: (lane, task) => {
			if (lane === 'links') {
				if (runsNow()) {
					task();
					return;
				}
				links.push(task);
				if (!pumpingLinks) yieldTurn(() => void pumpLinks());
				pumpingLinks = true;
				return;
			}
			queues.get(lane)?.push(task);
			if (!pumping) yieldTurn(() => void pump());
			pumping = true;
		},
	};
};
