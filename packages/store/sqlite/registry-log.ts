import { hash } from 'node:crypto';
import {
	appendLeaf,
	decodeCompactRange,
	type CompactRange,
	emptyCompactRange,
	encodeCompactRange,
	makeRegistryLeaf,
	rowInLeaf,
} from '@keyward/core/ledger';
import type { CoveredRow, RegistryLog } from '@keyward/core/port';
import { bytes, type Columns, number, text } from './columns.ts';
import type { Database } from './database.ts';

/** What is covered: by kind the table, and what names a row of it. `R` stands for the row. */
const tables = {
	principal: { table: 'principal', key: `R.kind || ' ' || R.id || ' of ' || R.application` },
	key: { table: 'principal_key', key: `R.purpose || ' ' || R.added` },
	token: { table: 'token', key: 'hex(R.hash)' },
	intent: { table: 'intent', key: 'R.serial' },
	// One of another CA by that CA too: its serial number is that CA's.
	certificate: {
		table: 'certificate',
		key: `R.serial || CASE WHEN R.issuer IS NULL THEN '' ELSE ' of ' || hex(R.issuer) END`,
	},
	grant: { table: 'reader_grant', key: 'R.id' },
	ca: { table: 'ca_generation', key: `R.ca || ' ' || R.number` },
	policy: { table: 'policy', key: `R.application || ' ' || R.epoch` },
	action: { table: 'action', key: `'' || R.number` },
	incident: { table: 'incident', key: `'' || R.number` },
	person: { table: 'person', key: 'R.name' },
	passkey: { table: 'passkey', key: 'R.id' },
	invitation: { table: 'invitation', key: 'R.person' },
	identity: { table: 'person_identity', key: `'' || R.added` },
	session: { table: 'person_session', key: `'' || R.number` },
	approval: { table: 'approval_request', key: `'' || R.number` },
	call: { table: 'keyed_call', key: 'R.id' },
	override: { table: 'approval_override', key: 'R.who' },
} as const;

type Kind = keyof typeof tables;
const kinds = Object.keys(tables) as Kind[];
const isKind = (kind: string): kind is Kind => Object.hasOwn(tables, kind);

/** Rows of one leaf when what was never covered is adopted. */
const ADOPTED_AT_ONCE = 1000;

/**
 * SHA-256 over the columns by name, each with its type. A column that is null is passed over: one that a later version adds
 * changes nothing until it says something.
 */
const stateOf = (row: Columns): Uint8Array => new Uint8Array(hash('sha256', contentOf(row), 'buffer'));

const contentOf = (row: Columns): string => {
	const parts = Object.keys(row)
		.filter((name) => name !== 'covered_key' && row[name] !== null)
		.toSorted()
		.map((name) => {
			const value = row[name];
			return value instanceof Uint8Array
				? [name, 'b', Buffer.from(value).toString('hex')]
				: [name, typeof value, value];
		});
	return JSON.stringify(parts);
};

/**
 * Triggers of this connection alone note which rows a transaction touched, whatever statement did it; before it commits, they
 * are covered. Another program's writes have no such triggers, and so no leaf.
 */
export class SqliteRegistryLog implements RegistryLog {
	readonly #db: Database;
	readonly #rowAt;
	#edge: CompactRange = emptyCompactRange;
	#next: CompactRange | null = null;

	constructor(db: Database) {
		this.#db = db;
		this.#rowAt = new Map(
			kinds.map((kind) => {
				const { table, key } = tables[kind];
				return [
					kind,
					db.sql.prepare(`SELECT R.*, ${key} AS covered_key FROM ${table} AS R WHERE R.rowid = ?`),
				] as const;
			}),
		);
		const stored = db.sql.prepare('SELECT size, edge FROM registry_edge').get();
		if (stored !== undefined) this.#edge = decodeCompactRange(number(stored, 'size'), bytes(stored, 'edge'));
	}

	cover(secret: Uint8Array, adopt: boolean, changed: () => void): number {
		const { sql } = this.#db;
		sql.exec(`
			PRAGMA temp_store = MEMORY;
			CREATE TEMP TABLE touched (kind TEXT, key TEXT, place INTEGER);
		`);
		for (const kind of kinds) {
			const { table, key } = tables[kind];
			const note = (row: 'OLD' | 'NEW'): string =>
				`INSERT INTO touched VALUES ('${kind}', ${key.replaceAll('R.', `${row}.`)}, ${row}.rowid);`;
			sql.exec(`
				CREATE TEMP TRIGGER touch_${kind}_1 AFTER INSERT ON ${table} BEGIN ${note('NEW')} END;
				CREATE TEMP TRIGGER touch_${kind}_2 AFTER UPDATE ON ${table} BEGIN ${note('OLD')} ${note('NEW')} END;
				CREATE TEMP TRIGGER touch_${kind}_3 AFTER DELETE ON ${table} BEGIN ${note('OLD')} END;
			`);
		}
		const touched = sql.prepare('SELECT kind, key, place, max(rowid) FROM touched GROUP BY kind, key');
		const clear = sql.prepare('DELETE FROM touched');
		this.#db.beforeCommit = () => {
			const names = touched.all();
			if (names.length === 0) return null;
			this.#append(
				names.map((row) => this.#at(text(row, 'kind'), text(row, 'key'), number(row, 'place'))),
				secret,
			);
			clear.run();
			return {
				committed: () => {
					this.#edge = this.#next ?? this.#edge;
					changed();
				},
			};
		};
		return adopt && this.uncovered() ? this.#adopt(secret) : 0;
	}

	uncovered(): boolean {
		return (
			this.#edge.size === 0 &&
			kinds.some((kind) => this.#db.sql.prepare(`SELECT 1 FROM ${tables[kind].table} LIMIT 1`).get() !== undefined)
		);
	}

	size(): number {
		return this.#edge.size;
	}

	edge(): { readonly size: number; readonly edge: Uint8Array } {
		return { size: this.#edge.size, edge: encodeCompactRange(this.#edge) };
	}

	leaves(index: number, limit: number): Uint8Array[] {
		return this.#db.read('read the ledger of the registry', () =>
			this.#db.sql
				.prepare('SELECT bytes FROM registry_leaf WHERE number >= ? ORDER BY number LIMIT ?')
				.all(index, limit)
				.map((row) => bytes(row, 'bytes')),
		);
	}

	rows(after: string | null, limit: number): { readonly rows: CoveredRow[]; readonly next: string | null } {
		const [kind = kinds[0] ?? 'principal', rowid = '-1'] = after?.split(' ') ?? [];
		if (!isKind(kind)) return { rows: [], next: null };
		const { table, key } = tables[kind];
		return this.#db.read('read the registry', () => {
			const found = this.#db.sql
				.prepare(
					`SELECT R.*, R.rowid AS covered_place, ${key} AS covered_key FROM ${table} AS R WHERE R.rowid > ? ORDER BY R.rowid LIMIT ?`,
				)
				.all(Number(rowid), limit);
			const last = found.at(-1);
			const following = kinds[kinds.indexOf(kind) + 1];
			const rows = found.map(({ covered_place: _place, ...row }) => ({
				kind,
				key: text(row, 'covered_key'),
				state: stateOf(row),
			}));
			if (found.length === limit && last) return { rows, next: `${kind} ${number(last, 'covered_place')}` };
			return { rows, next: following === undefined ? null : `${following} -1` };
		});
	}

	find(kind: string, keys: readonly string[]): CoveredRow[] {
		if (!isKind(kind)) return keys.map((key) => ({ kind, key, state: null }));
		const { table, key: name } = tables[kind];
		const found = new Map(
			this.#db
				.read('read the registry', () =>
					this.#db.sql
						.prepare(
							`SELECT R.*, ${name} AS covered_key FROM ${table} AS R WHERE ${name} IN (SELECT value FROM json_each(?))`,
						)
						.all(JSON.stringify(keys)),
				)
				.map((row) => [text(row, 'covered_key'), stateOf(row)]),
		);
		return keys.map((key) => ({ kind, key, state: found.get(key) ?? null }));
	}

	place(kind: string, key: string): { readonly index: number; readonly content: string } | null {
		if (!isKind(kind)) return null;
		const { table, key: name } = tables[kind];
		return this.#db.read('look for a leaf', () => {
			const row = this.#db.sql.prepare(`SELECT * FROM ${table} AS R WHERE ${name} = ?`).get(key);
			if (row === undefined) return null;
			// The row's own hash is in what is looked for: no other leaf has these bytes. The newest first.
			const found = this.#db.sql
				.prepare('SELECT number FROM registry_leaf WHERE instr(bytes, ?) > 0 ORDER BY number DESC LIMIT 1')
				.get(rowInLeaf(kind, key, stateOf(row)));
			return found === undefined ? null : { index: number(found, 'number'), content: contentOf(row) };
		});
	}

	/** The row by its place, which costs no search; one that has another name now is not this row any more. */
	#at(kind: string, key: string, place: number): CoveredRow {
		const found = isKind(kind) ? this.#rowAt.get(kind)?.get(place) : undefined;
		return { kind, key, state: found?.['covered_key'] === key ? stateOf(found) : null };
	}

	#append(rows: readonly CoveredRow[], secret: Uint8Array): void {
		const { sql } = this.#db;
		const leaf = makeRegistryLeaf(rows, this.#edge, secret);
		this.#next = appendLeaf(this.#edge, leaf.hash);
		sql.prepare('INSERT INTO registry_leaf (number, bytes) VALUES (?, ?)').run(this.#edge.size, leaf.bytes);
		sql
			.prepare(
				`INSERT INTO registry_edge (one, size, edge) VALUES (1, ?, ?)
				ON CONFLICT (one) DO UPDATE SET size = excluded.size, edge = excluded.edge`,
			)
			.run(this.#next.size, encodeCompactRange(this.#next));
	}

	/** Once, after the upgrade from a version without this ledger: whole or not at all. */
	#adopt(secret: Uint8Array): number {
		let adopted = 0;
		const before = this.#edge;
		try {
			this.#db.write('cover the registry', () => {
				for (let after: string | null = `${kinds[0]} -1`; after !== null;) {
					const page: ReturnType<RegistryLog['rows']> = this.rows(after, ADOPTED_AT_ONCE);
					if (page.rows.length > 0) {
						this.#append(page.rows, secret);
						this.#edge = this.#next ?? this.#edge;
					}
					adopted += page.rows.length;
					after = page.next;
				}
			});
		} catch (error) {
			this.#edge = before;
			throw error;
		}
		return adopted;
	}
}
