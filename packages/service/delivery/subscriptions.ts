import { rosterTopicOf } from '@keyward/core/device';
import type { StoredSubscription } from '@keyward/core/port';
import type { Commands } from './commands.ts';
import type { Deliveries } from './deliveries.ts';
import type { ResumableSession } from '../session/resumable-session.ts';
import type { ResumableSessions } from '../session/resumable-sessions.ts';
import type { FollowedStream, Subscribed } from '../thread/link-messages.ts';
import type { LiveSession, Resume } from '../session/live-session.ts';
import type { LiveStream, Streams } from '../ingest/streams.ts';
import { createSlice } from '../thread/time-slice.ts';
import { isWithinBounds, matches } from './topic-filter.ts';

/** What sessions are subscribed to: streams that they may read, and a device's own commands; kept with the session. */
export interface Subscriptions {
	/** One answer for each, null where no right stands behind it. What outlives the connection is durable when it resolves. */
	subscribe(session: LiveSession, asked: readonly StoredSubscription[]): Promise<(Subscribed | null)[]>;
	unsubscribe(session: LiveSession, filters: readonly string[]): Promise<void>;
	readonly resume: Resume;
	/** Whether the session may be sent readings of the stream now. */
	reaches(session: LiveSession, stream: number): boolean;
	/** A standing subscription of the session reaches these streams now. */
	reached(session: LiveSession, streams: readonly FollowedStream[]): void;
	/** A stream is new: anyone who is away and subscribed gets it from its first reading. */
	opened(stream: LiveStream): void;
}

export const createSubscriptions = (
	deliveries: Deliveries,
	commands: Commands,
	resumable: ResumableSessions,
	streams: Streams,
	report: (error: unknown) => void,
): Subscriptions => {
	const take = async (session: LiveSession, asked: StoredSubscription): Promise<Subscribed | null> => {
		// Kept by a release that took any filter.
		if (!isWithinBounds(asked.filter)) return null;
		const own = commands.reaches(session, asked.filter);
		const streams = deliveries.subscribe(session, asked.filter);
		// explicit-readers: not while it is let in for its essential streams alone, as with commands.
		const { principal, despite } = session;
		const rosters = principal.kind === 'device' && despite === null && asked.filter === rosterTopicOf(principal);
		if (streams === null && !own && !rosters) return null;
		if (own) {
			await commands.subscribe(session);
			session.commandFilters.add(asked.filter);
		}
		return { ...asked, streams: streams ?? [], commands: own, rosters };
	};

	/** A stream that is new to the session begins after its last reading. Gives whether there was one. */
	const begin = (kept: ResumableSession, streams: readonly FollowedStream[]): boolean => {
		let added = false;
		for (const { id, last } of streams) {
			if (kept.progress.has(id)) continue;
			kept.progress.set(id, { stream: id, acknowledged: last, sent: last });
			added = true;
		}
		return added;
	};

	return {
		subscribe: async (session, asked) => {
			const answers: (Subscribed | null)[] = [];
			const kept = resumable.ofSession(session.id);
			const slice = createSlice();
			/** What each filter of the packet gave: one that comes again costs nothing. */
			const known = new Map<string, Subscribed | null>();
			for (const one of asked) {
				const { filter, qos, retainAsPublished } = one;
				const before = known.get(filter);
				const answer =
					before === undefined
						? await take(session, { filter, qos, retainAsPublished })
						: before && { ...before, qos, retainAsPublished };
				known.set(filter, answer);
				answers.push(answer);
				if (answer === null) continue;
				kept?.subscriptions.set(filter, { filter, qos, retainAsPublished });
				if (kept !== undefined) begin(kept, answer.streams);
				await slice.next();
				// Cut meanwhile: nothing of it may stay.
				if (deliveries.isOver(session)) {
					deliveries.drop(session);
					return asked.map(() => null);
				}
			}
			if (kept !== undefined && kept.expiry > 0) await resumable.save(kept);
			// As it is now: what changed meanwhile was told to a worker that did not know the filter yet.
			return answers.map((answer) => answer && { ...answer, streams: deliveries.reached(session, answer.filter) });
		},
		unsubscribe: async (session, filters) => {
			const kept = resumable.ofSession(session.id);
			for (const filter of filters) {
				deliveries.unsubscribe(session, filter);
				kept?.subscriptions.delete(filter);
				if (session.commandFilters.delete(filter) && session.commandFilters.size === 0) commands.unsubscribe(session);
			}
			if (kept === undefined) return;
			const followed = deliveries.followed(session);
			for (const stream of [...kept.progress.keys()]) if (!followed.has(stream)) kept.progress.delete(stream);
			if (kept.expiry > 0) await resumable.save(kept);
		},
		resume: async (session, kept) => {
			const subscriptions: Subscribed[] = [];
			const dropped: string[] = [];
			const slice = createSlice();
			for (const one of [...kept.subscriptions.values()]) {
				const answer = await take(session, one);
				await slice.next();
				if (deliveries.isOver(session)) {
					deliveries.drop(session);
					return { subscriptions: [], dropped: [], begun: [] };
				}
				if (answer === null) {
					dropped.push(one.filter);
					kept.subscriptions.delete(one.filter);
				} else {
					subscriptions.push(answer);
					begin(kept, answer.streams);
				}
			}
			if (dropped.length > 0) await resumable.save(kept);
			const begun: FollowedStream[] = [];
			for (const one of kept.inFlight) {
				const stream = 'stream' in one ? streams.byId(one.stream) : undefined;
				if (stream === undefined || session.begun.has(stream.id)) continue;
				if (deliveries.follows(session, stream.id) || !deliveries.mayRead(session.principal, stream.name)) continue;
				session.begun.add(stream.id);
				begun.push({ id: stream.id, ...stream.name, last: stream.last });
			}
			const now = subscriptions.map((one) => ({ ...one, streams: deliveries.reached(session, one.filter) }));
			return { subscriptions: now, dropped, begun };
		},
		reaches: (session, id) => {
			if (deliveries.follows(session, id)) return true;
			const stream = session.begun.has(id) ? streams.byId(id) : undefined;
			return stream !== undefined && deliveries.mayRead(session.principal, stream.name);
		},
		reached: (session, streams) => {
			const kept = resumable.ofSession(session.id);
			// Written before the first reading of a new stream can be: calls of the store take effect in order.
			if (kept !== undefined && begin(kept, streams) && kept.expiry > 0) void resumable.save(kept).catch(report);
		},
		opened: ({ id, name }) => {
			for (const kept of resumable.away(name.application)) {
				const reached = [...kept.subscriptions.keys()].some((filter) => matches(filter, name));
				if (!reached || !deliveries.mayRead(kept.principal, name)) continue;
				kept.progress.set(id, { stream: id, acknowledged: 0, sent: 0 });
				void resumable.save(kept).catch(report);
			}
		},
	};
};
