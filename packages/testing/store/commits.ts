import { appendLeaf, decodeCompactRange, encodeCompactRange, makeLeaf } from '@keyward/core/ledger';
import { contentType } from '@keyward/core/observe';
import type { Commit, Row, Store, StreamName, StreamState } from '@keyward/core/port';

/** A record for tests: says where it belongs, so that a mix-up shows. Of at least so many bytes. */
export const record = (stream: number, time: number, bytes = 0): Uint8Array =>
	new TextEncoder().encode(`${stream}@${time}`.padEnd(bytes));

/** A row for tests: a value with its time. */
export const rowOf = (stream: number, cursor: number, time: number, bytes = 0): Row => ({
	...{ stream, cursor, time, identity: time, type: contentType.value, payload: record(stream, time, bytes) },
});

/**
 * Makes commits as the committer does: rows that continue their streams, a leaf and an edge for each application. Their records have at
 * least so many bytes.
 */
export const commits = (
	store: Store,
	bytes = 0,
): {
	/** `others`: further rows, of streams that an earlier commit or this one names. */
	readonly commit: (readings: readonly (readonly [StreamState, number])[], others?: readonly Row[]) => Promise<Commit>;
} => {
	const last = new Map<number, number>();
	const names = new Map<number, StreamName>();
	const nameOf = (id: number): StreamName => {
		const name = names.get(id);
		if (!name) throw new Error(`stream ${id} is not known`);
		return name;
	};
	return {
		commit: async (readings, others = []) => {
			if (others.length > 0) for (const stream of await store.streams()) names.set(stream.id, stream);
			const own: Row[] = readings.map(([stream, time]) => {
				names.set(stream.id, stream);
				const cursor = (last.get(stream.id) ?? stream.last) + 1;
				last.set(stream.id, cursor);
				return rowOf(stream.id, cursor, time, bytes);
			});
			const rows = [...own, ...others];
			const applications = [...new Set(rows.map((row) => nameOf(row.stream).application))];
			const made = applications.map(async (application) => {
				const covered = rows.filter((row) => nameOf(row.stream).application === application);
				const { size, edge: before } = await store.edge(application);
				const leaf = makeLeaf(application, covered, nameOf);
				const edge = appendLeaf(decodeCompactRange(size, before), leaf.hash);
				return {
					leaf: { application, index: size, bytes: leaf.bytes },
					edge: { application, size: edge.size, edge: encodeCompactRange(edge) },
				};
			});
			const parts = await Promise.all(made);
			return { rows, leaves: parts.map((part) => part.leaf), edges: parts.map((part) => part.edge) };
		},
	};
};
