import { Problem } from '@keyward/core';
import type { Commit, StoredLeaf } from '@keyward/core/port';
import { bytes, number, text } from './columns.ts';
import type { Database } from './database.ts';

interface StoredEdge {
	readonly size: number;
	readonly edge: Uint8Array;
}

/** Leaves and right edges of every application. */
export class Ledgers {
	readonly #db: Database;
	readonly #insertLeaf;
	readonly #putEdge;
	readonly #leaves;
	readonly #edges = new Map<string, StoredEdge>();
	/** Of the open transaction. Made new for each: a cleared map keeps its old entries from the collector. */
	#pending = new Map<string, StoredEdge>();
	readonly #forget;
	#forgotten: ReadonlyMap<string, number>;

	constructor(db: Database) {
		this.#db = db;
		this.#insertLeaf = db.sql.prepare('INSERT INTO leaf (application, number, bytes) VALUES (?, ?, ?)');
		this.#putEdge = db.sql.prepare(
			`INSERT INTO edge (application, size, edge) VALUES (?, ?, ?)
			ON CONFLICT (application) DO UPDATE SET size = excluded.size, edge = excluded.edge`,
		);
		this.#leaves = db.sql.prepare(
			'SELECT number, bytes FROM leaf WHERE application = ? AND number >= ? ORDER BY number LIMIT ?',
		);
		this.#forget = db.sql.prepare('UPDATE edge SET forgotten = ? WHERE application = ?');
		const forgotten = new Map<string, number>();
		for (const row of db.sql.prepare('SELECT application, size, edge, forgotten FROM edge').iterate()) {
			const application = text(row, 'application');
			this.#edges.set(application, { size: number(row, 'size'), edge: bytes(row, 'edge') });
			if (number(row, 'forgotten') > 0) forgotten.set(application, number(row, 'forgotten'));
		}
		this.#forgotten = forgotten;
	}

	/** Adds a commit's leaves and edges in the open transaction. */
	append({ leaves, edges }: Commit): void {
		for (const { application, index, bytes: leaf } of leaves) {
			const edge = edges.find((each) => each.application === application);
			const { size } = this.edge(application);
			if (edge?.size !== size + 1 || index !== size || this.#pending.has(application)) {
				throw new Problem('store-failed', `Leaf ${index} does not continue the ledger of ${application} at ${size}.`);
			}
			this.#insertLeaf.run(application, index, leaf);
			this.#putEdge.run(application, edge.size, edge.edge);
			this.#pending.set(application, { size: edge.size, edge: edge.edge.slice() });
		}
		if (edges.length !== leaves.length) throw new Problem('store-failed', 'A commit has one edge for each leaf.');
	}

	committed(): void {
		for (const [application, edge] of this.#pending) this.#edges.set(application, edge);
		this.#pending = new Map();
	}

	rolledBack(): void {
		this.#pending = new Map();
	}

	/** How many leaves of each application have no rows any more. */
	get forgotten(): ReadonlyMap<string, number> {
		return this.#forgotten;
	}

	/** Writes it in the open transaction; {@link forgot} makes it true after. */
	forget(leaves: ReadonlyMap<string, number>): void {
		for (const [application, count] of leaves) {
			if (count < (this.#forgotten.get(application) ?? 0) || count > this.edge(application).size) {
				throw new Problem('store-failed', `The ledger of ${application} cannot be forgotten up to leaf ${count}.`);
			}
			this.#forget.run(count, application);
		}
	}

	forgot(leaves: ReadonlyMap<string, number>): void {
		this.#forgotten = new Map([...this.#forgotten, ...leaves]);
	}

	leaves(application: string, index: number, limit: number): StoredLeaf[] {
		return this.#db.read('read the ledger', () =>
			this.#leaves
				.all(application, index, limit)
				.map((row) => ({ application, index: number(row, 'number'), bytes: bytes(row, 'bytes') })),
		);
	}

	edge(application: string): StoredEdge {
		return this.#edges.get(application) ?? { size: 0, edge: new Uint8Array(0) };
	}
}
