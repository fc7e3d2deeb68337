import assert from 'node:assert/strict';
import type { Bytes, Instant } from '@keyward/core';
import { topicOf, qualifiedName } from '@keyward/core/device';
import { openPace, type Pace } from '@keyward/core/observe';
import type { Policy } from '@keyward/core/policy';
import type { Cursor, Row, Store, StreamName } from '@keyward/core/port';

/** A row of the commit under way. */
export interface FreshRow extends Row {
	/** The RETAIN flag that it was published with; not stored. */
	readonly retain: boolean;
}

/** A stream as the committer sees it. `last` and `newest` are what is durable; `next*` include the commit under way. */
export interface LiveStream {
	readonly id: number;
	readonly name: StreamName;
	last: Cursor;
	newest: Instant;
	nextLast: Cursor;
	nextNewest: Instant;
	/**
	 * Rows of the commit under way; null while it has none. An empty array in wait for the next commit would teach V8 that such
	 * arrays live long: it then makes them in old space, and whole commits stay with them until a full collection.
	 */
	fresh: FreshRow[] | null;
	/** Their records by time; made when the first late record of a commit asks. */
	freshByTime: Map<Instant, Uint8Array> | null;
	/** The RETAIN flag of the newest row since the start. */
	retain: boolean;
	/** What it may still send; null until a session may write it. */
	pace: Pace | null;
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
}

const never: Instant = Number.NEGATIVE_INFINITY;

/** Reads the streams from the store. `onOpened` hears of each new one. */
export const openStreams = async (store: Store, onOpened: (stream: LiveStream) => void): Promise<Streams> => {
	const byId = new Map<number, LiveStream>();
	const byName = new Map<string, LiveStream>();
	const shares = new Map<string, DeviceShare>();
	const shareOf = (application: string, device: string): DeviceShare => {
		const key = qualifiedName({ application, id: device });
		const share = shares.get(key) ?? { taken: 0, since: 0 };
		shares.set(key, share);
		return share;
	};
	const add = (state: Awaited<ReturnType<Store['openStream']>>): LiveStream => {
		const { id, last, application, device, stream } = state;
		const newest = state.newest ?? never;
		const live: LiveStream = {
			id,
			name: { application, device, stream },
			last,
			newest,
			nextLast: last,
			nextNewest: newest,
			fresh: null,
			freshByTime: null,
			retain: false,
			pace: null,
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
	if (stream.pace === null) stream.pace = openPace(every, Math.max(since, stream.newest), now);
	else stream.pace.every = every;
};

/** Adds a record to the commit under way. */
export const addFresh = (stream: LiveStream, time: Instant, record: Uint8Array, retain: boolean): void => {
	const row = { stream: stream.id, cursor: ++stream.nextLast, time, record, retain };
	if (stream.fresh === null) stream.fresh = [row];
	else stream.fresh.push(row);
	stream.retain = retain;
	stream.freshByTime?.set(time, record);
	if (time > stream.nextNewest) stream.nextNewest = time;
};

/** The record of the commit under way at this time, if there is one. */
export const freshAt = (stream: LiveStream, time: Instant): Uint8Array | undefined => {
	stream.freshByTime ??= new Map(stream.fresh?.map((row) => [row.time, row.record]));
	return stream.freshByTime.get(time);
};

/** The durable state catches up with the commit. Gives the rows that became durable. */
export const settle = (stream: LiveStream): FreshRow[] => {
	const rows = stream.fresh ?? [];
	stream.last = stream.nextLast;
	stream.newest = stream.nextNewest;
	stream.fresh = null;
	stream.freshByTime = null;
	return rows;
};

/** The commit failed: what was durable still is. */
export const unsettle = (stream: LiveStream): void => {
	stream.nextLast = stream.last;
	stream.nextNewest = stream.newest;
	stream.fresh = null;
	stream.freshByTime = null;
};
