import type { Instant, Refusal } from '@keyward/core';
import { judgeRead } from '@keyward/core/authorize';
import type { Clock, PrincipalName, StreamName } from '@keyward/core/port';
import type { Grants } from './grants.ts';
import type { Advanced, FollowChanged, FollowedStream } from './link-messages.ts';
import type { Policies } from './policies.ts';
import type { LiveSession, Sessions } from './sessions.ts';
import type { FreshRow, LiveStream, Streams } from './streams.ts';
import { matches } from './topic-filter.ts';

/**
 * Who receives what as it comes. A subscription is a cursor at the listener, never a queue here: this side decides, again
 * at every change of policy, grant or time, and says when a stream has advanced.
 */
export interface Followers {
	/** Null when no grant of the session's principal touches the filter. */
	subscribe(session: LiveSession, filter: string): readonly FollowedStream[] | null;
	unsubscribe(session: LiveSession, filter: string): void;
	drop(session: LiveSession): void;
	/** Whether the session follows the stream at this moment. */
	follows(session: LiveSession, stream: number): boolean;
	/** Whether the principal may read the stream now. */
	mayRead(principal: PrincipalName, name: StreamName): boolean;
	/** Ids of the streams that the session follows. */
	followed(session: LiveSession): Set<number>;
	/** Judges again those whose right ends by itself before now. */
	expire(now: Instant): void;
	/** Judges every follower again; gives how many sessions were cut because a filter lost its last grant. */
	rejudge(): number;
	opened(stream: LiveStream): void;
	durable(stream: LiveStream, rows: readonly FreshRow[]): void;
	/** Resolves when the stream advances, when decisions may have changed, or after `milliseconds`. */
	advance(name: StreamName, milliseconds: number): Promise<void>;
}

const lost: Refusal = {
	code: 'not-granted',
	requirement: 'live-revocation',
	reason: 'the grant that this subscription stood on has ended',
};

const keyOf = ({ application, device, stream }: StreamName): string => `${application}/${device}/${stream}`;

export const createFollowers = (
	sessions: () => Sessions,
	streams: Streams,
	policies: Policies,
	grants: Grants,
	clock: Clock,
	/** A standing subscription reaches more or fewer streams than before. */
	onReached: (session: LiveSession, streams: readonly FollowedStream[]) => void,
): Followers => {
	const filters = new Map<LiveSession, Map<string, readonly FollowedStream[]>>();
	/** For each stream, the workers that have followers of it, and how many filters each. */
	const interest = new Map<number, Map<LiveSession['worker'], number>>();
	const waiting = new Map<string, Set<() => void>>();

	/** The earliest moment at which time alone may change an answer that was given. */
	let earliest: Instant = Number.POSITIVE_INFINITY;

	const mayRead = (principal: PrincipalName, name: StreamName): boolean => {
		const policy = policies.policyOf(principal.application);
		const decision = judgeRead(principal, name, policy, grants.of(principal.application), clock.now());
		if (decision.allowed) earliest = Math.min(earliest, decision.until);
		return decision.allowed;
	};

	/** What the filter reaches now; null when no grant touches it, whatever exists. */
	const reach = (principal: PrincipalName, filter: string): readonly FollowedStream[] | null => {
		const touched = grants.of(principal.application).some((grant) => {
			const name = { application: grant.application, device: grant.device, stream: grant.stream };
			return matches(filter, name) && mayRead(principal, name);
		});
		if (!touched) return null;
		const reached: FollowedStream[] = [];
		for (const { id, name, last } of streams.all()) {
			if (name.application !== principal.application || !matches(filter, name) || !mayRead(principal, name)) continue;
			reached.push({ id, ...name, last });
		}
		return reached;
	};

	const note = (session: LiveSession, followed: readonly FollowedStream[], step: 1 | -1): void => {
		for (const { id } of followed) {
			const workers = interest.get(id) ?? new Map<LiveSession['worker'], number>();
			const count = (workers.get(session.worker) ?? 0) + step;
			if (count > 0) workers.set(session.worker, count);
			else workers.delete(session.worker);
			if (workers.size > 0) interest.set(id, workers);
			else interest.delete(id);
		}
	};

	const set = (session: LiveSession, filter: string, followed: readonly FollowedStream[] | null): void => {
		const held = filters.get(session) ?? new Map<string, readonly FollowedStream[]>();
		note(session, held.get(filter) ?? [], -1);
		if (followed === null) held.delete(filter);
		else held.set(filter, followed);
		note(session, followed ?? [], 1);
		if (held.size > 0) filters.set(session, held);
		else filters.delete(session);
	};

	const wake = (name: string): void => {
		const wakers = waiting.get(name);
		waiting.delete(name);
		for (const resolve of wakers ?? []) resolve();
	};

	const refresh = (session: LiveSession, filter: string): boolean => {
		const before = filters.get(session)?.get(filter) ?? [];
		const now = reach(session.principal, filter);
		if (now === null) return false;
		if (before.length === now.length && before.every(({ id }, index) => id === now[index]?.id)) return true;
		set(session, filter, now);
		onReached(session, now);
		session.worker.tell('follows', { session: session.id, filter, streams: now } satisfies FollowChanged);
		return true;
	};

	const rejudge = (): number => {
		earliest = Number.POSITIVE_INFINITY;
		let cut = 0;
		for (const [session, held] of [...filters]) {
			if ([...held.keys()].every((filter) => refresh(session, filter))) continue;
			sessions().cut(session, lost);
			cut++;
		}
		for (const name of [...waiting.keys()]) wake(name);
		return cut;
	};

	return {
		mayRead,
		followed: (session) =>
			new Set([...(filters.get(session)?.values() ?? [])].flatMap((streams) => streams.map(({ id }) => id))),
		follows: (session, stream) =>
			[...(filters.get(session)?.values() ?? [])].some((streams) => streams.some(({ id }) => id === stream)),
		expire: (now) => {
			if (now >= earliest) rejudge();
		},
		rejudge,
		subscribe: (session, filter) => {
			const followed = reach(session.principal, filter);
			if (followed !== null) set(session, filter, followed);
			return followed;
		},
		unsubscribe: (session, filter) => set(session, filter, null),
		drop: (session) => {
			for (const filter of [...(filters.get(session)?.keys() ?? [])]) set(session, filter, null);
		},
		opened: (stream) => {
			for (const [session, held] of [...filters]) {
				if (session.principal.application !== stream.name.application) continue;
				for (const filter of [...held.keys()]) if (matches(filter, stream.name)) refresh(session, filter);
			}
		},
		durable: (stream, rows) => {
			const workers = interest.get(stream.id);
			if (workers !== undefined) {
				const pushed = rows.map(({ record, cursor, time, retain }) => ({
					cursor,
					time,
					retain,
					record: Uint8Array.from(record),
				}));
				for (const worker of workers.keys()) {
					worker.tell('advanced', { stream: stream.id, rows: pushed } satisfies Advanced);
				}
			}
			if (waiting.size > 0) wake(keyOf(stream.name));
		},
		advance: (name, milliseconds) =>
			new Promise((resolve) => {
				const key = keyOf(name);
				const wakers = waiting.get(key) ?? new Set();
				waiting.set(key, wakers);
				const done = (): void => {
					clearTimeout(timer);
					wakers.delete(done);
					resolve();
				};
				const timer = setTimeout(done, milliseconds);
				wakers.add(done);
			}),
	};
};
