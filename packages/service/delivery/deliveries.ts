import type { Instant, Milliseconds, Refusal } from '@keyward/core';
import { isSamePrincipal, topicOf } from '@keyward/core/device';
import { judgeRead } from '@keyward/core/authorize';
import type { Clock, PrincipalName, StreamName } from '@keyward/core/port';
import type { Grants } from '../policy/grants.ts';
import type { Advanced, FollowChanged, FollowedStream } from '../thread/link-messages.ts';
import type { Policies } from '../policy/policies.ts';
import type { LiveSession, Sessions } from '../session/sessions.ts';
import type { LiveStream, PendingRow, Streams } from '../ingest/streams.ts';
import { matches, namedBy } from './topic-filter.ts';

/**
 * Who receives what as it comes. A subscription is a cursor at the listener, never a queue here: this side decides, again
 * at every change of policy, grant or time, and says when a stream has advanced.
 */
export interface Deliveries {
	/** Null when no grant of the session's principal touches the filter. */
	subscribe(session: LiveSession, filter: string): readonly FollowedStream[] | null;
	unsubscribe(session: LiveSession, filter: string): void;
	drop(session: LiveSession): void;
	/** The session was cut, closed or taken over: nothing may be held for it. */
	isOver(session: LiveSession): boolean;
	/** Whether the session follows the stream at this moment. */
	follows(session: LiveSession, stream: number): boolean;
	/** Whether the principal may read the stream now. */
	mayRead(principal: PrincipalName, name: StreamName): boolean;
	/** Ids of the streams that the session follows, each with how many of its filters reach it. */
	followed(session: LiveSession): ReadonlyMap<number, number>;
	/** What a filter of the session reaches now. */
	reached(session: LiveSession, filter: string): readonly FollowedStream[];
	/** Judges again those whose right ends by itself before now. */
	expire(now: Instant): void;
	/**
	 * Judges every follower again, or one principal's; gives how many sessions were cut because a filter lost its last grant, and how
	 * many go on with filters that reach less than before.
	 */
	rejudge(of?: PrincipalName): { readonly cut: number; readonly narrowed: number };
	opened(stream: LiveStream): void;
	durable(stream: LiveStream, rows: readonly PendingRow[]): void;
	/** Has every event stream judged again, or one principal's and those that nobody's certificate opened. */
	judgeFollowers(of?: PrincipalName): void;
	/** Counts how often event streams had to be judged again. */
	judged(): number;
	/** Resolves when the stream advances or the wait is over; and with true when it is to be judged again, or was to since that count. */
	advance(follower: Follower): Promise<boolean>;
}

/** An event stream that waits for a reading. */
export interface Follower {
	readonly name: StreamName;
	/** Whose certificate opened it; null for people and the operator. */
	readonly principal: PrincipalName | null;
	readonly wait: Milliseconds;
	/** `judged()` before it was last judged. */
	readonly since: number;
}

const lost: Refusal = {
	code: 'not-granted',
	requirement: 'live-revocation',
	reason: 'the grant that this subscription stood on has ended',
};

interface Held {
	readonly filters: Map<string, readonly FollowedStream[]>;
	readonly by: Map<number, number>;
}

const noStreams: ReadonlyMap<number, number> = new Map();

/** Adds to a count, which goes with its last one. Gives what it is now. */
const addTo = <Key>(counts: Map<Key, number>, key: Key, step: 1 | -1): number => {
	const count = (counts.get(key) ?? 0) + step;
	if (count > 0) counts.set(key, count);
	else counts.delete(key);
	return count;
};

export const createDeliveries = (
	sessions: () => Sessions,
	streams: Streams,
	policies: Policies,
	grants: Grants,
	clock: Clock,
	/** A standing subscription reaches more or fewer streams than before. */
	onReached: (session: LiveSession, streams: readonly FollowedStream[]) => void,
): Deliveries => {
	/** What each session's filters reach, and by how many of them each stream is reached. */
	const held = new Map<LiveSession, Held>();
	/** For each stream, the workers that have followers of it, and how many sessions each. */
	const interest = new Map<number, Map<LiveSession['worker'], number>>();
	/** Event streams that wait, by what they wait for; each with what ends its wait. */
	const waiting = new Map<string, Map<(judge: boolean) => void, PrincipalName | null>>();

	/** The earliest moment at which time alone may change an answer that was given. */
	let earliest: Instant = Number.POSITIVE_INFINITY;

	const mayRead = (principal: PrincipalName, name: StreamName): boolean => {
		const policy = policies.policyOf(principal.application);
		const decision = judgeRead(principal, name, policy, grants.covering(principal, name), clock.now());
		if (decision.allowed) earliest = Math.min(earliest, decision.until);
		return decision.allowed;
	};

	/** What the filter reaches now; null when no grant touches it, whatever exists. */
	const reach = (principal: PrincipalName, filter: string): readonly FollowedStream[] | null => {
		const touched = grants.to(principal).some((grant) => {
			const name = { application: grant.application, device: grant.device, stream: grant.stream };
			return matches(filter, name) && mayRead(principal, name);
		});
		if (!touched) return null;
		const reached: FollowedStream[] = [];
		const take = ({ id, name, last }: LiveStream): void => {
			if (name.application !== principal.application || !matches(filter, name) || !mayRead(principal, name)) return;
			reached.push({ id, ...name, last });
		};
		const named = namedBy(filter);
		if (named === null) for (const stream of streams.all()) take(stream);
		else {
			const stream = streams.find(named);
			if (stream !== undefined) take(stream);
		}
		return reached;
	};

	const note = (session: LiveSession, by: Map<number, number>, { id }: FollowedStream, step: 1 | -1): void => {
		if (addTo(by, id, step) > (step === 1 ? 1 : 0)) return;
		const workers = interest.get(id) ?? new Map<LiveSession['worker'], number>();
		addTo(workers, session.worker, step);
		if (workers.size > 0) interest.set(id, workers);
		else interest.delete(id);
	};

	const set = (session: LiveSession, filter: string, followed: readonly FollowedStream[] | null): void => {
		const { filters, by } = held.get(session) ?? {
			filters: new Map<string, readonly FollowedStream[]>(),
			by: new Map<number, number>(),
		};
		for (const one of filters.get(filter) ?? []) note(session, by, one, -1);
		if (followed === null) filters.delete(filter);
		else filters.set(filter, followed);
		for (const one of followed ?? []) note(session, by, one, 1);
		if (filters.size > 0) held.set(session, { filters, by });
		else held.delete(session);
	};

	const wake = (name: string, judge: boolean): void => {
		const wakers = waiting.get(name);
		waiting.delete(name);
		for (const resolve of wakers?.keys() ?? []) resolve(judge);
	};
	let judged = 0;
	const judgeFollowers = (of?: PrincipalName): void => {
		judged++;
		for (const [name, wakers] of [...waiting]) {
			if (of === undefined) {
				wake(name, true);
				continue;
			}
			for (const [resolve, principal] of [...wakers])
				if (principal === null || isSamePrincipal(principal, of)) resolve(true);
		}
	};

	const refresh = (session: LiveSession, filter: string): boolean => {
		const before = held.get(session)?.filters.get(filter) ?? [];
		const now = reach(session.principal, filter);
		if (now === null) return false;
		if (before.length === now.length && before.every(({ id }, index) => id === now[index]?.id)) return true;
		set(session, filter, now);
		onReached(session, now);
		session.worker.tell('follows', { session: session.id, filter, streams: now } satisfies FollowChanged);
		return true;
	};

	const rejudge: Deliveries['rejudge'] = (of) => {
		if (of === undefined) earliest = Number.POSITIVE_INFINITY;
		let [cut, narrowed] = [0, 0];
		for (const [session, { filters, by }] of [...held]) {
			if (of !== undefined && !isSamePrincipal(session.principal, of)) continue;
			const reached = [...by.keys()];
			if ([...filters.keys()].every((filter) => refresh(session, filter))) {
				if (reached.some((id) => !by.has(id))) narrowed++;
				continue;
			}
			sessions().cut(session, lost);
			cut++;
		}
		judgeFollowers(of);
		return { cut, narrowed };
	};

	return {
		mayRead,
		isOver: (session) => sessions().get(session.id) !== session,
		followed: (session) => held.get(session)?.by ?? noStreams,
		reached: (session, filter) => held.get(session)?.filters.get(filter) ?? [],
		follows: (session, stream) => held.get(session)?.by.has(stream) === true,
		expire: (now) => {
			if (now >= earliest) rejudge();
		},
		rejudge,
		judgeFollowers,
		subscribe: (session, filter) => {
			const followed = reach(session.principal, filter);
			if (followed !== null) set(session, filter, followed);
			return followed;
		},
		unsubscribe: (session, filter) => set(session, filter, null),
		drop: (session) => {
			for (const filter of [...(held.get(session)?.filters.keys() ?? [])]) set(session, filter, null);
		},
		opened: (stream) => {
			for (const [session, { filters }] of [...held]) {
				if (session.principal.application !== stream.name.application) continue;
				for (const filter of [...filters.keys()]) if (matches(filter, stream.name)) refresh(session, filter);
			}
		},
		durable: (stream, rows) => {
			const workers = interest.get(stream.id);
			if (workers !== undefined) {
				const pushed = rows.map(({ cursor, time, type, payload, flags }) => ({
					...{ cursor, time, type, flags },
					payload: Uint8Array.from(payload),
				}));
				for (const worker of workers.keys()) {
					worker.tell('advanced', { stream: stream.id, rows: pushed } satisfies Advanced);
				}
			}
			if (waiting.size > 0) wake(topicOf(stream.name), false);
		},
		judged: () => judged,
		advance: ({ name, principal, wait, since }) =>
			new Promise((resolve) => {
				if (since !== judged) return resolve(true);
				const key = topicOf(name);
				const wakers = waiting.get(key) ?? new Map<(judge: boolean) => void, PrincipalName | null>();
				waiting.set(key, wakers);
				const done = (judge: boolean): void => {
					clearTimeout(timer);
					wakers.delete(done);
					if (wakers.size === 0 && waiting.get(key) === wakers) waiting.delete(key);
					resolve(judge);
				};
				const timer = setTimeout(done, wait, false);
				wakers.set(done, principal);
			}),
	};
};
