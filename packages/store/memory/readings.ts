import { type Instant, Problem } from '@keyward/core';
import { type Identity, isSequenced } from '@keyward/core/observe';
import type {
	DataKeyStore,
	ReadingStore,
	Row,
	StoredLeaf,
	StoredRecord,
	StreamName,
	StreamState,
} from '@keyward/core/port';

interface Stream extends StreamName {
	readonly id: number;
	/** Those kept; before them so many are forgotten. */
	rows: Row[];
	gone: number;
	/** By identity. */
	readonly payloads: Map<Identity, StoredRecord>;
	newest: Identity | null;
	latest: Instant | null;
	forgotten: Identity | null;
}

interface Ledger {
	readonly leaves: StoredLeaf[];
	edge: Uint8Array;
	forgotten: number;
}

const refuse = (detail: string): never => {
	throw new Problem('store-failed', detail);
};

const copy = (row: Row): Row => ({ ...row, payload: row.payload.slice() });

/** Everything in maps and arrays, for tests and trials: nothing outlives the process. */
export const memoryReadings = (): ReadingStore & Pick<DataKeyStore, 'allEncrypted'> => {
	const streams = new Map<number, Stream>();
	const byName = new Map<string, Stream>();
	const ledgers = new Map<string, Ledger>();
	let arrivals: Row[] = [];
	let arrivalsGone = 0;
	let before: number | null = null;

	const lastOf = ({ gone, rows }: Stream): number => gone + rows.length;
	const state = (each: Stream): StreamState => ({
		id: each.id,
		application: each.application,
		device: each.device,
		stream: each.stream,
		first: each.gone + 1,
		last: lastOf(each),
		newest: each.newest,
		latest: each.latest,
		forgotten: each.forgotten,
	});
	/** Everything is looked at before anything is changed. */
	const check = (rows: readonly Row[]): void => {
		const last = new Map<number, number>();
		const identities = new Map<number, Set<Identity>>();
		for (const { stream: id, cursor, identity, time } of rows) {
			const stream = streams.get(id) ?? refuse(`There is no stream number ${id}.`);
			const end = last.get(id) ?? lastOf(stream);
			if (cursor !== end + 1) refuse(`Row ${cursor} does not follow row ${end} of stream number ${id}.`);
			last.set(id, cursor);
			if (!Number.isSafeInteger(identity) || !Number.isSafeInteger(time)) {
				refuse(`A reading of stream number ${id} has no whole identity or time.`);
			}
			const isForgotten = isSequenced(identity) && identity <= (stream.forgotten ?? -Infinity);
			if (isForgotten || (before !== null && time < before)) refuse(`Readings of the time ${time} are forgotten.`);
			const added = identities.get(id) ?? new Set();
			if (stream.payloads.has(identity) || added.has(identity)) {
				refuse(`Stream number ${id} has a reading of identity ${identity} already.`);
			}
			identities.set(id, added.add(identity));
		}
	};

	return {
		openStream: async ({ application, device, stream }) => {
			const name = JSON.stringify([application, device, stream]);
			const known = byName.get(name);
			if (known) return state(known);
			const id = streams.size + 1;
			const made: Stream = {
				...{ id, application, device, stream, rows: [], gone: 0, payloads: new Map() },
				...{ newest: null, latest: null, forgotten: null },
			};
			streams.set(id, made);
			byName.set(name, made);
			return state(made);
		},
		streams: async (application) =>
			[...streams.values()].map(state).filter((each) => application === undefined || each.application === application),

		find: async (identities) =>
			identities.map(({ stream, identity }) => {
				const found = streams.get(stream)?.payloads.get(identity);
				return found === undefined ? null : { ...found, payload: found.payload.slice() };
			}),

		append: async ({ rows, leaves, edges }) => {
			check(rows);
			const applications = new Set(leaves.map((leaf) => leaf.application));
			for (const { application, index } of leaves) {
				const edge = edges.find((each) => each.application === application);
				const size = ledgers.get(application)?.leaves.length ?? 0;
				if (index !== size || edge?.size !== size + 1) {
					refuse(`Leaf ${index} does not continue the ledger of ${application} at ${size}.`);
				}
			}
			if (edges.length !== leaves.length || applications.size !== leaves.length) {
				refuse('A commit has one edge for each leaf, and one leaf for an application.');
			}
			for (const row of rows.map(copy)) {
				const stream = streams.get(row.stream);
				stream?.rows.push(row);
				const { payload, encrypted } = row;
				stream?.payloads.set(row.identity, encrypted === true ? { payload, encrypted } : { payload });
				if (stream) {
					stream.newest = Math.max(stream.newest ?? -Infinity, row.identity);
					stream.latest = Math.max(stream.latest ?? -Infinity, row.time);
				}
				arrivals.push(row);
			}
			for (const { application, index, bytes } of leaves) {
				const ledger = ledgers.get(application) ?? { leaves: [], edge: new Uint8Array(0), forgotten: 0 };
				ledgers.set(application, ledger);
				ledger.leaves.push({ application, index, bytes: bytes.slice() });
			}
			for (const { application, edge } of edges) {
				const ledger = ledgers.get(application);
				if (ledger) ledger.edge = edge.slice();
			}
		},
		read: async (stream, after, limit) => {
			const { rows = [], gone = 0 } = streams.get(stream) ?? {};
			const from = Math.max(0, after - gone);
			return rows.slice(from, from + limit).map(copy);
		},
		before: async (stream, time) => {
			const { rows = [], gone = 0 } = streams.get(stream) ?? {};
			const first = rows.findIndex((row) => row.identity >= time);
			return gone + (first < 0 ? rows.length : first);
		},
		journal: async (after, limit) => {
			const from = Math.max(0, after - arrivalsGone);
			const rows = arrivals.slice(from, from + limit).map(copy);
			return { rows, next: rows.length === 0 ? after : arrivalsGone + from + rows.length };
		},
		forget: async (watermark) => {
			const count = watermark.position - arrivalsGone;
			const gone = arrivals.slice(0, Math.max(0, count));
			if (count > arrivals.length || gone.some(({ time }) => time >= watermark.before)) {
				refuse('Only the beginning of the journal, of times before the horizon, can be forgotten.');
			}
			for (const [application, leaves] of watermark.leaves) {
				const ledger = ledgers.get(application);
				if (leaves < (ledger?.forgotten ?? 0) || leaves > (ledger?.leaves.length ?? 0)) {
					refuse(`The ledger of ${application} cannot be forgotten up to leaf ${leaves}.`);
				}
			}
			for (const { stream: id, identity } of gone) {
				const stream = streams.get(id);
				if (stream === undefined) continue;
				stream.payloads.delete(identity);
				stream.gone++;
				if (isSequenced(identity)) stream.forgotten = Math.max(stream.forgotten ?? -Infinity, identity);
			}
			for (const stream of streams.values()) {
				stream.rows = stream.rows.filter(({ identity }) => stream.payloads.has(identity));
			}
			for (const [application, leaves] of watermark.leaves) {
				const ledger = ledgers.get(application);
				if (ledger) ledger.forgotten = leaves;
			}
			arrivals = arrivals.slice(gone.length);
			arrivalsGone += gone.length;
			before = Math.max(before ?? -Infinity, watermark.before);
			return gone.length;
		},
		forgotten: async () => ({
			before,
			leaves: new Map(
				[...ledgers]
					.filter(([, { forgotten }]) => forgotten > 0)
					.map(([application, { forgotten }]) => [application, forgotten]),
			),
		}),
		allEncrypted: async () => arrivals.every(({ encrypted }) => encrypted === true),
		leaves: async (application, index, limit) => (ledgers.get(application)?.leaves ?? []).slice(index, index + limit),
		edge: async (application) => {
			const ledger = ledgers.get(application);
			return { size: ledger?.leaves.length ?? 0, edge: ledger?.edge ?? new Uint8Array(0) };
		},
	};
};
