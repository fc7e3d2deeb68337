import assert from 'node:assert/strict';
import type { TLSSocket } from 'node:tls';
import type { Milliseconds, Refusal } from '@keyward/core';
import { topicOf } from '@keyward/core/device/stream-name';
import type { TimeBounds } from '@keyward/core/observe';
import { parseRoster, recallStream, type Roster, streamKeysOf } from '@keyward/core/seal';
import type { Channel } from '../thread/channel.ts';
import type {
	Advanced,
	Batch,
	BatchAnswer,
	CloseSession,
	CommandDelivered,
	CommandReceipt,
	CutSession,
	FollowChanged,
	GivenRefusal,
	Handover,
	PolicyEvent,
	ProgressEvent,
	PushedRow,
	RightsChanged,
	SessionAnswer,
	SessionState,
	Subscribe,
	Subscribed,
	Unsubscribe,
	WaitingCommand,
} from '../thread/link-messages.ts';
import { createBatcher } from './publish/batcher.ts';
import { pumpCommands } from './deliver/commands.ts';
import { tellRoster } from './deliver/roster.ts';
import { type Connection, disconnect, limits } from './connection/connection.ts';
import { deliver } from './deliver/deliver.ts';
import type { LinkListener } from './connection/listener.ts';
import { reasonOf } from './protocol/reason-code.ts';
import { takeProgress, takeState } from './deliver/session-state.ts';
import { changeFollows } from './subscribe/subscribe.ts';
import type { Waits } from './publish/acknowledgement-waits.ts';

/** What the committer tells a worker, by topic; `handover` is asked. */
export interface WorkerEvents {
	policy(news: PolicyEvent): void;
	cut(news: CutSession): void;
	rights(news: RightsChanged): void;
	follows(news: FollowChanged): void;
	advanced(news: Advanced): void;
	commands(news: { readonly session: number }): void;
	handover(request: Handover): Promise<SessionState | null>;
}

/** The peers of one worker: which there are, whose session is whose, and who follows what. */
export interface Connections {
	readonly listener: LinkListener;
	readonly news: WorkerEvents;
	readonly all: ReadonlySet<Connection>;
	add(connection: Connection): void;
	/** Its socket is closed. */
	remove(connection: Connection): void;
	/** Tells the committer what subscribers have acknowledged since. */
	tellProgress(): void;
}

/** How long a publisher that was heard within the last second, and is taken over, has to say what it came for. */
const lastWords: Milliseconds = 250;

/**
 * Programs that connect for one reading (`mosquitto_pub`), several at once with one certificate: with QoS 0 nobody tells them that
 * what they send after they were taken over is lost. A connection that is subscribed to nothing ends within moments.
 */
const isPublishing = ({ deliveries, closed, lastHeard }: Connection): boolean =>
	!closed && (deliveries?.filters.size ?? 0) === 0 && performance.now() - lastHeard < 1000;

const endedWithin = (socket: TLSSocket, time: Milliseconds): Promise<void> =>
	new Promise((resolve) => {
		const over = (): void => {
			clearTimeout(timer);
			socket.off('close', over);
			resolve();
		};
		const timer = setTimeout(over, time);
		socket.once('close', over);
	});

export const createConnections = (
	channel: Channel,
	count: (code: string) => void,
	onGiven: (given: Omit<GivenRefusal, 'times'>) => void,
	report: (error: unknown) => void,
	bounds: TimeBounds,
	waits: Waits,
): Connections => {
	const all = new Set<Connection>();
	const sessions = new Map<number, Connection>();
	const followers = new Map<number, Set<Connection>>();
	/** By fingerprint, those that have no session yet. */
	const unconnected = new Map<string, Set<Connection>>();
	const policies = new Map<string, PolicyEvent & { readonly parsed: readonly Roster[] }>();

	const sender =
		(duplicates: boolean) =>
		(bytes: Uint8Array<ArrayBuffer>): Promise<BatchAnswer> =>
			channel.ask('batch', { bytes, duplicates } satisfies Batch, [bytes.buffer]) as Promise<BatchAnswer>;
	const tellClosed = (end: CloseSession): void => channel.tell('close', end);
	const leaveUnconnected = (connection: Connection): void => {
		const waiting = unconnected.get(connection.fingerprint);
		waiting?.delete(connection);
		if (waiting?.size === 0) unconnected.delete(connection.fingerprint);
	};
	const unfollow = (connection: Connection, stream: number): void => {
		const known = followers.get(stream);
		known?.delete(connection);
		if (known?.size === 0) followers.delete(stream);
	};

	const refused: LinkListener['refused'] = ({ rights, fingerprint }, { code, requirement, reason: why }) => {
		count(code);
		const principal = rights?.principal ?? null;
		onGiven({
			...{ application: principal?.application ?? '', requirement, code, reason: why },
			...{ principal, fingerprint },
		});
	};

	const listener: LinkListener = {
		now: () => Date.now(),
		bounds,
		count,
		refused,
		report,
		openSession: (request) => channel.ask('open', request) as Promise<SessionAnswer>,
		closeUnused: ({ session, progress, inFlight }) =>
			tellClosed({ session, will: true, expiry: null, state: { progress, inFlight } }),
		rightsOf: ({ session, principal, streams, streamKeys, topics, withheld, since }) => {
			const policy = policies.get(principal.application);
			assert(policy !== undefined, 'a policy is told before the first session under it');
			const { application, id: device } = principal;
			const [roster] = policy.parsed;
			const keys = roster === undefined ? streamKeys : streamKeysOf(roster, device);
			const own = streams.flatMap(({ id, name, newest, sealed }) => {
				const terms = policy.streams.get(name);
				// Only devices write.
				if (terms === undefined || principal.kind !== 'device') return [];
				const stream = { application, device, stream: name };
				const sealing = { name: stream, rosters: policy.parsed, parameters: policy.parameters };
				const seen = sealed.length === 0 ? null : recallStream(sealed, sealing);
				return [{ id, topic: topicOf(stream), terms, newest, sealing, seen, keys }];
			});
			return {
				session,
				principal,
				streams: own,
				topics,
				withheld,
				parameters: policy.parameters,
				author: { device: principal.id, since },
			};
		},
		rosterOf: (application) => policies.get(application)?.parsed[0] ?? null,
		leave: (connection) => {
			const { rights, disconnected } = connection;
			// Not of a session that another connection has taken over.
			if (rights === null || sessions.get(rights.session) !== connection) return;
			sessions.delete(rights.session);
			// What it sent while its session was good is decided: it goes before the session's end.
			if (connection.undecided > 0) (connection.duplicates ?? listener.batcher).flush();
			tellClosed({
				session: rights.session,
				will: disconnected?.will ?? true,
				expiry: disconnected?.expiry ?? null,
				state: connection.expiry > 0 ? takeState(connection) : { progress: [], inFlight: [] },
			});
		},
		bind: (connection, session) => {
			leaveUnconnected(connection);
			sessions.set(session, connection);
		},
		batcher: createBatcher(sender(false), refused, report, waits),
		duplicateBatcher: () => createBatcher(sender(true), refused, report),
		subscribe: (session, subscriptions) =>
			channel.ask('subscribe', { session, subscriptions } satisfies Subscribe) as Promise<(Subscribed | null)[]>,
		unsubscribe: async (session, filters) => {
			await channel.ask('unsubscribe', { session, filters } satisfies Unsubscribe);
		},
		follow: (connection, stream) => {
			const known = followers.get(stream);
			if (known === undefined) followers.set(stream, new Set([connection]));
			else known.add(connection);
		},
		unfollow,
		page: (request) => channel.ask('page', request) as Promise<PushedRow[][]>,
		commands: (request) => channel.ask('commands', request) as Promise<WaitingCommand[]>,
		receipt: (session, receipt) =>
			channel.ask('receipt', { session, receipt } satisfies CommandReceipt) as Promise<Refusal | null>,
		delivered: (session, id, accepted) =>
			channel.tell('delivered', { session, id, accepted } satisfies CommandDelivered),
	};

	const news: WorkerEvents = {
		policy: (told) => {
			const { application } = told;
			const before = listener.rosterOf(application);
			const known = policies.has(application);
			policies.set(application, { ...told, parsed: told.rosters.map(parseRoster) });
			const roster = listener.rosterOf(application);
			if (!known || roster === null || before?.number === roster.number) return;
			for (const connection of all)
				if (connection.rights?.principal.application === application) tellRoster(connection, roster);
		},
		cut: ({ session, refusal }) => {
			const connection = sessions.get(session);
			if (connection === undefined) return;
			disconnect(connection, reasonOf(refusal.code), `${refusal.code}: ${refusal.reason}`);
		},
		rights: ({ session, rights }) => {
			const connection = sessions.get(session);
			if (connection === undefined || connection.rights === null) return;
			// What is on its way to the committer is newer than what it knew.
			const known = new Map(connection.rights.streams.map((stream) => [stream.id, stream]));
			connection.rights = listener.rightsOf(rights);
			for (const stream of connection.rights.streams) {
				const before = known.get(stream.id);
				if (before === undefined) continue;
				stream.newest = Math.max(stream.newest, before.newest);
				stream.seen = before.seen;
			}
		},
		follows: ({ session, filter, streams }) => {
			const connection = sessions.get(session);
			if (connection !== undefined) changeFollows(listener, connection, filter, streams);
		},
		advanced: ({ stream, rows }) => {
			for (const connection of followers.get(stream) ?? []) deliver(listener, connection, stream, rows);
		},
		commands: ({ session }) => {
			const connection = sessions.get(session);
			const commands = connection?.deliveries?.commands ?? null;
			if (connection === undefined || commands === null) return;
			commands.waiting = true;
			pumpCommands(listener, connection);
		},
		handover: async ({ session, refusal }) => {
			const connection = sessions.get(session);
			if (connection === undefined) return null;
			if (isPublishing(connection)) await endedWithin(connection.socket, lastWords);
			// It ended by itself, or was cut.
			if (sessions.get(session) !== connection) return null;
			if (connection.undecided > 0) (connection.duplicates ?? listener.batcher).flush();
			sessions.delete(session);
			const state = takeState(connection);
			disconnect(connection, reasonOf(refusal.code), `${refusal.code}: ${refusal.reason}`);
			return state;
		},
	};

	return {
		listener,
		news,
		all,
		add: (connection) => {
			all.add(connection);
			const waiting = unconnected.get(connection.fingerprint) ?? new Set();
			unconnected.set(connection.fingerprint, waiting.add(connection));
			// CR 7.1: one identity cannot fill the house with connections that never say anything.
			const [oldest] = waiting;
			if (waiting.size <= limits.unconnected || oldest === undefined) return;
			count('peer-too-slow');
			oldest.socket.destroy();
			leaveUnconnected(oldest);
		},
		remove: (connection) => {
			connection.closed = true;
			all.delete(connection);
			leaveUnconnected(connection);
			for (const stream of connection.deliveries?.follows.keys() ?? []) unfollow(connection, stream);
			listener.leave(connection);
		},
		tellProgress: () => {
			for (const connection of all) {
				if (connection.expiry === 0 || connection.rights === null) continue;
				const progress = takeProgress(connection);
				if (progress.length === 0) continue;
				channel.tell('progress', { session: connection.rights.session, progress } satisfies ProgressEvent);
			}
		},
	};
};
