import { Problem } from '@keyward/core';
import type { ReadingStore, Row, StoredLeaf, StreamName, StreamState } from '@keyward/core/port';

interface Stream extends StreamName {
	readonly id: number;
	readonly rows: Row[];
	readonly records: Map<number, Uint8Array>;
	newest: number | null;
}

interface Ledger {
	readonly leaves: StoredLeaf[];
	edge: Uint8Array;
}

const refuse = (detail: string): never => {
	throw new Problem('store-failed', detail);
};

const copy = (row: Row): Row => ({ ...row, record: row.record.slice() });

/** Everything in maps and arrays, for tests and trials: nothing outlives the process. */
export const memoryReadings = (): ReadingStore => {
	const streams = new Map<number, Stream>();
	const byName = new Map<string, Stream>();
	const ledgers = new Map<string, Ledger>();
	const arrivals: Row[] = [];

	const state = ({ id, application, device, stream, rows, newest }: Stream): StreamState => ({
		id,
		application,
		device,
		stream,
		last: rows.length,
		newest,
	});
	/** Everything is looked at before anything is changed. */
	const check = (rows: readonly Row[]): void => {
		const last = new Map<number, number>();
		const times = new Map<number, Set<number>>();
		for (const { stream: id, cursor, time } of rows) {
			const stream = streams.get(id) ?? refuse(`There is no stream number ${id}.`);
			const before = last.get(id) ?? stream.rows.length;
			if (cursor !== before + 1) refuse(`Row ${cursor} does not follow row ${before} of stream number ${id}.`);
			last.set(id, cursor);
			if (!Number.isSafeInteger(time)) refuse(`A reading of stream number ${id} has no whole time.`);
			const added = times.get(id) ?? new Set();
			if (stream.records.has(time) || added.has(time)) {
				refuse(`Stream number ${id} has a reading of the time ${time} already.`);
			}
			times.set(id, added.add(time));
		}
	};

	return {
		openStream: async ({ application, device, stream }) => {
			const name = JSON.stringify([application, device, stream]);
			const known = byName.get(name);
			if (known) return state(known);
			const id = streams.size + 1;
			const made: Stream = { id, application, device, stream, rows: [], records: new Map(), newest: null };
			streams.set(id, made);
			byName.set(name, made);
			return state(made);
		},
		streams: async (application) =>
			[...streams.values()].map(state).filter((each) => application === undefined || each.application === application),

		find: async (identities) =>
			identities.map(({ stream, time }) => streams.get(stream)?.records.get(time)?.slice() ?? null),

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
				stream?.records.set(row.time, row.record);
				if (stream) stream.newest = Math.max(stream.newest ?? -Infinity, row.time);
				arrivals.push(row);
			}
			for (const { application, index, bytes } of leaves) {
				const ledger = ledgers.get(application) ?? { leaves: [], edge: new Uint8Array(0) };
				ledgers.set(application, ledger);
				ledger.leaves.push({ application, index, bytes: bytes.slice() });
			}
			for (const { application, edge } of edges) {
				const ledger = ledgers.get(application);
				if (ledger) ledger.edge = edge.slice();
			}
		},
		read: async (stream, after, limit) => (streams.get(stream)?.rows ?? []).slice(after, after + limit).map(copy),
		journal: async (after, limit) => {
			const rows = arrivals.slice(after, after + limit).map(copy);
			return { rows, next: after + rows.length };
		},
		leaves: async (application, index, limit) => (ledgers.get(application)?.leaves ?? []).slice(index, index + limit),
		edge: async (application) => {
			const ledger = ledgers.get(application);
			return { size: ledger?.leaves.length ?? 0, edge: ledger?.edge ?? new Uint8Array(0) };
		},
	};
};
