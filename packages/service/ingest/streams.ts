import assert from 'node:assert/strict';
import type { Bytes, Instant } from '@keyward/core';
import { qualifiedName, topicOf } from '@keyward/core/device';
import {
	type Admitted,
	copyWatch,
	type Identity,
	openPace,
	openWatch,
	type Pace,
	suspicionTerms,
	type ValueWatch,
} from '@keyward/core/observe';
import type { Policy } from '@keyward/core/policy';
import type { Cursor, ReadingStore, Row, StreamName } from '@keyward/core/port';
import { openSigning, type Signing } from './signing.ts';

/** A row of the commit under way. */
export interface PendingRow extends Row {
	/** Of the transport it came by; not stored. */
	readonly flags: number;
}

/** A stream as the committer sees it. `last` and `newest` are what is durable; `next*` include the commit under way. */
export interface LiveStream {
	readonly id: number;
	readonly name: StreamName;
	last: Cursor;
	/** The highest identity. */
	newest: Identity;
	/** The latest time. */
	latest: Instant;
	nextLast: Cursor;
	nextNewest: Identity;
	/** Sequenced identities up to it may have been stored once. */
	forgotten: Identity;
	/** Key epochs that are known to be durable. */
	readonly epochs: Set<number>;
	/**
	 * Rows of the commit under way; null while it has none. An empty array in wait for the next commit would teach V8 that such
	 * arrays live long: it then makes them in old space, and whole commits stay with them until a full collection.
	 */
	pending: PendingRow[] | null;
	/** Their payloads by identity; made when the first record of a commit asks that may be one of them. */
	pendingByIdentity: Map<Identity, Uint8Array> | null;
	/** The transport's flags of the newest row since the start. */
	flags: number;
	/** What it may still send; null until a session may write it. */
	pace: Pace | null;
	/** What makes its next value suspicious, as of what is durable and with the commit under way; null as `pace`. */
	watch: ValueWatch | null;
	nextWatch: ValueWatch | null;
	readonly signing: Signing;
	readonly share: DeviceShare;
}

/** What a device has written to the disk in the present day; its streams share it. */
export interface DeviceShare {
	taken: Bytes;
	since: Instant;
}

/** Every stream of the site by its id and by its name. */
export interface Streams {
	byId(id: number): LiveStream | undefined;
	/** A stream that is known to be there. */
	mustHave(id: number): LiveStream;
	open(name: StreamName): Promise<LiveStream>;
	find(name: StreamName): LiveStream | undefined;
	all(): Iterable<LiveStream>;
	/** The store has forgotten rows: what may be gone is read from it again. */
	forgot(): Promise<void>;
}

const never = Number.NEGATIVE_INFINITY;

/** Reads the streams from the store. `onOpened` hears of each new one. */
export const openStreams = async (store: ReadingStore, onOpened: (stream: LiveStream) => void): Promise<Streams> => {
	const byId = new Map<number, LiveStream>();
	const byName = new Map<string, LiveStream>();
	const shares = new Map<string, DeviceShare>();
	const shareOf = (application: string, device: string): DeviceShare => {
		const key = qualifiedName({ application, id: device });
		const share = shares.get(key) ?? { taken: 0, since: 0 };
		shares.set(key, share);
		return share;
	};
	const add = (state: Awaited<ReturnType<ReadingStore['openStream']>>): LiveStream => {
		const { id, last, application, device, stream } = state;
		const newest = state.newest ?? never;
		const live: LiveStream = {
			id,
			name: { application, device, stream },
			last,
			newest,
			latest: state.latest ?? never,
			nextLast: last,
			nextNewest: newest,
			forgotten: state.forgotten ?? never,
			epochs: new Set(),
			pending: null,
			pendingByIdentity: null,
			flags: 0,
			pace: null,
			watch: null,
			nextWatch: null,
			signing: openSigning(),
			share: shareOf(application, device),
		};
		assert(!byId.has(id));
		byId.set(id, live);
		byName.set(topicOf(live.name), live);
		return live;
	};
	for (const state of await store.streams()) add(state);
	return {
		byId: (id) => byId.get(id),
		mustHave: (id) => {
			const stream = byId.get(id);
			assert(stream !== undefined);
			return stream;
		},
		find: (name) => byName.get(topicOf(name)),
		all: () => byId.values(),
		forgot: async () => {
			for (const { id, forgotten } of await store.streams()) {
				const live = byId.get(id);
				if (live !== undefined) live.forgotten = forgotten ?? never;
			}
		},
		open: async (name) => {
			const key = topicOf(name);
			const known = byName.get(key);
			if (known !== undefined) return known;
			const state = await store.openStream(name);
			// Two sessions may have asked for the same stream at once.
			const opened = byName.get(key);
			if (opened !== undefined) return opened;
			const live = add(state);
			onOpened(live);
			return live;
		},
	};
};

/** The stream's pace is what the policy says of it; a device that exists `since` then has as much to send. */
export const setPace = (stream: LiveStream, { parameters, streams }: Policy, since: Instant, now: Instant): void => {
	const every = parameters['overload-held'] === null ? null : (streams.get(stream.name.stream)?.every ?? null);
	if (stream.pace === null) stream.pace = openPace(every, Math.max(since, stream.latest), now);
	else stream.pace.every = every;
};

/** What is suspicious of the stream's values is what the policy says of it. */
export const setWatch = (stream: LiveStream, { streams }: Policy): void => {
	const terms = streams.get(stream.name.stream);
	if (terms === undefined) return;
	const watched = suspicionTerms(terms);
	for (const watch of [stream.watch, stream.nextWatch]) if (watch !== null) watch.terms = watched;
	stream.watch ??= openWatch(watched);
	stream.nextWatch ??= copyWatch(stream.watch);
};

/** Adds a record to the commit under way, as of that time. */
export const addPending = (
	stream: LiveStream,
	{ identity, type, payload, flags }: Admitted & { readonly flags: number },
	time: Instant,
): void => {
	const row = { stream: stream.id, cursor: ++stream.nextLast, identity, time, type, payload, flags };
	if (stream.pending === null) stream.pending = [row];
	else stream.pending.push(row);
	stream.flags = flags;
	stream.pendingByIdentity?.set(identity, payload);
	if (identity > stream.nextNewest) stream.nextNewest = identity;
};

/** The payload of the commit under way with this identity, if there is one. */
export const pendingAt = (stream: LiveStream, identity: Identity): Uint8Array | undefined => {
	stream.pendingByIdentity ??= new Map(stream.pending?.map((row) => [row.identity, row.payload]));
	return stream.pendingByIdentity.get(identity);
};

/** The durable state catches up with the commit. Gives the rows that became durable. */
export const commitPending = (stream: LiveStream): PendingRow[] => {
	const rows = stream.pending ?? [];
	for (const { time } of rows) if (time > stream.latest) stream.latest = time;
	stream.last = stream.nextLast;
	stream.newest = stream.nextNewest;
	if (stream.watch !== null && stream.nextWatch !== null) Object.assign(stream.watch, stream.nextWatch);
	stream.pending = null;
	stream.pendingByIdentity = null;
	return rows;
};

/** The commit failed: what was durable still is. */
export const dropPending = (stream: LiveStream): void => {
	stream.nextLast = stream.last;
	stream.nextNewest = stream.newest;
	if (stream.watch !== null && stream.nextWatch !== null) Object.assign(stream.nextWatch, stream.watch);
	stream.pending = null;
	stream.pendingByIdentity = null;
};
