import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import type { Log } from '../../log/log.ts';
import type { AlertKind } from '../../site/site-file.ts';
import type { Post } from './webhook.ts';

/** Something that somebody has to do something about. Kind and subject together are its identity. */
export interface Condition {
	readonly kind: AlertKind;
	readonly subject: string;
	/** What is the matter and what to do, in a sentence. */
	readonly text: string;
}

/** The body of a webhook's request. */
export interface AlertMessage {
	/** Names the alert from its rise to its resolution; a repeated delivery has it again. */
	readonly id: string;
	readonly site: string;
	readonly event: AlertKind | 'test';
	readonly state: 'raised' | 'resolved' | 'test';
	readonly subject: string;
	readonly text: string;
	/** RFC 3339. */
	readonly since: string;
	readonly at: string;
}

/**
 * Tells a webhook what stands and what is over, each once. What is to be told waits in memory, at most `MOST` messages, and
 * is tried again until it was delivered; a restart forgets it, looks again, and raises again what still stands.
 */
export interface Alerts {
	/** What of these kinds stands at this moment: what is new is raised, what no longer stands is resolved. */
	stand(kinds: readonly AlertKind[], conditions: readonly Condition[]): void;
	/** How many of each kind stand. */
	standing(): ReadonlyMap<AlertKind, number>;
	/** How many messages wait. */
	waiting(): number;
	/** Sends a test alert past the queue. */
	test(): Promise<{ readonly delivered: boolean; readonly detail: string }>;
	stop(): Promise<void>;
}

export interface AlertsOptions {
	/** The site's name. */
	readonly site: string;
	readonly events: readonly AlertKind[];
	readonly post: Post;
	readonly clock: Clock;
	readonly log: Log;
	/** Between two tries: from the first, doubling, to the longest. */
	readonly backOff?: { readonly first: Milliseconds; readonly most: Milliseconds };
}

const MOST = 1000;

interface Lifecycle {
	readonly id: string;
	readonly condition: Condition;
	readonly since: Instant;
}

const keyOf = ({ kind, subject }: Condition): string => `${kind}/${subject}`;

export const createAlerts = ({
	site,
	events,
	post,
	clock,
	log,
	backOff = { first: seconds(1), most: minutes(5) },
}: AlertsOptions): Alerts => {
	const standing = new Map<string, Lifecycle>();
	const queue: AlertMessage[] = [];
	const ending = new AbortController();
	let sending: Promise<void> | null = null;

	const messageOf = (state: AlertMessage['state'], { id, condition, since }: Lifecycle): AlertMessage => ({
		id,
		site,
		event: condition.kind,
		state,
		subject: condition.subject,
		text: condition.text,
		since: new Date(since).toISOString(),
		at: new Date(clock.now()).toISOString(),
	});

	/** Delivers one message, however long it takes. False when the service ends first. */
	const deliver = async (message: AlertMessage): Promise<boolean> => {
		for (let wait = backOff.first; ; wait = Math.min(wait * 2, backOff.most)) {
			try {
				await post(JSON.stringify(message), clock.now(), ending.signal);
				return true;
			} catch (error) {
				if (ending.signal.aborted) return false;
				if (!(error instanceof Problem)) throw error;
				log.warn('an alert waits for its webhook', {
					event: message.event,
					detail: error.detail,
					waiting: queue.length,
				});
			}
			await sleep(wait, undefined, { signal: ending.signal, ref: false }).catch(() => {});
			if (ending.signal.aborted) return false;
		}
	};

	const run = async (): Promise<void> => {
		try {
			for (let message = queue[0]; message !== undefined; message = queue[0]) {
				if (!(await deliver(message))) return;
				queue.shift();
			}
		} catch (error) {
			log.report(error);
		} finally {
			sending = null;
		}
	};

	const enqueue = (message: AlertMessage): void => {
		if (queue.length >= MOST) {
			const [gone] = queue.splice(1, 1);
			log.warn('an alert was dropped: too many wait', { event: gone?.event, subject: gone?.subject });
		}
		queue.push(message);
		sending ??= run();
	};

	const raise = (condition: Condition): void => {
		const raised = { id: randomUUID(), condition, since: clock.now() };
		standing.set(keyOf(condition), raised);
		log.warn('raised', { event: condition.kind, subject: condition.subject, text: condition.text });
		if (events.includes(condition.kind)) enqueue(messageOf('raised', raised));
	};

	const resolve = (key: string, over: Lifecycle): void => {
		standing.delete(key);
		log.info('resolved', { event: over.condition.kind, subject: over.condition.subject });
		if (!events.includes(over.condition.kind)) return;
		// What nobody was told of yet need not be called off; the first may be under way.
		const untold = queue.findIndex(({ id }, index) => index > 0 && id === over.id);
		if (untold > 0) queue.splice(untold, 1);
		else enqueue(messageOf('resolved', over));
	};

	return {
		stand: (kinds, conditions) => {
			const now = new Set(conditions.map(keyOf));
			for (const [key, one] of [...standing])
				if (kinds.includes(one.condition.kind) && !now.has(key)) resolve(key, one);
			for (const condition of conditions) if (!standing.has(keyOf(condition))) raise(condition);
		},
		standing: () => {
			const counts = new Map<AlertKind, number>();
			for (const { condition } of standing.values()) counts.set(condition.kind, (counts.get(condition.kind) ?? 0) + 1);
			return counts;
		},
		waiting: () => queue.length,
		test: async () => {
			const at = new Date(clock.now()).toISOString();
			const text = 'This is a test: alerts of this site arrive here.';
			const message: AlertMessage = {
				...{ id: randomUUID(), site, event: 'test', state: 'test', subject: site, text, since: at, at },
			};
			try {
				await post(JSON.stringify(message), clock.now(), ending.signal);
				return { delivered: true, detail: 'The webhook took the test alert.' };
			} catch (error) {
				if (error instanceof Problem) return { delivered: false, detail: error.detail };
				throw error;
			}
		},
		stop: async () => {
			ending.abort();
			await sending;
		},
	};
};
