import type { DatabaseSync } from 'node:sqlite';
import type { Sample } from '../sample/source.ts';
import type { OutboxCipher } from './outbox-cipher.ts';
import { readingOf, untilLocked } from './outbox-row.ts';

/** A reading of an open stream that the service has, and no checkpoint covers yet. */
export interface UnsignedReading extends Sample {
	readonly id: number;
	readonly doubted?: true;
}

/** A signed checkpoint that the service has not acknowledged. */
export interface WaitingCheckpoint {
	readonly stream: string;
	readonly number: number;
	readonly message: Uint8Array;
}

/** What the next checkpoint of a stream follows. */
export interface LastCheckpoint {
	readonly number: number;
	readonly hash: Uint8Array;
}

/** The chain of checkpoints of a device's open streams, in the outbox's file: what was acknowledged and is to be signed outlives the program. */
export class UnsignedRows {
	readonly #statements: ReturnType<typeof prepare>;
	readonly #cipher: OutboxCipher;
	readonly #together: (work: () => void) => void;
	#waiting: readonly WaitingCheckpoint[];

	constructor(database: DatabaseSync, cipher: OutboxCipher, together: (work: () => void) => void) {
		database.exec(`
			CREATE TABLE IF NOT EXISTS open_checkpoint (
				stream TEXT NOT NULL, number INTEGER NOT NULL, message BLOB NOT NULL,
				PRIMARY KEY (stream, number)
			) STRICT;
			CREATE TABLE IF NOT EXISTS open_chain (stream TEXT PRIMARY KEY, number INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
		`);
		this.#statements = prepare(database);
		this.#together = together;
		this.#cipher = cipher;
		this.#waiting = this.#statements.waiting.all().map((row) => ({
			stream: String(row['stream']),
			number: Number(row['number']),
			message: row['message'] as Uint8Array,
		}));
	}

	/** In the transaction in which it is noted as delivered. */
	add(id: number): void {
		this.#statements.add.run(id);
	}

	/** Streams with readings that are to be signed, and how many each. */
	counts(): ReadonlyMap<string, number> {
		return new Map(this.#statements.counts.all().map((row) => [String(row['stream']), Number(row['n'])]));
	}

	/** The oldest of a stream, up to the first that is locked. */
	oldest(stream: string, limit: number): UnsignedReading[] {
		return untilLocked(this.#statements.oldest.all(stream, limit), (row) => readingOf(row, this.#cipher));
	}

	last(stream: string): LastCheckpoint | null {
		const row = this.#statements.last.get(stream);
		return row === undefined ? null : { number: Number(row['number']), hash: row['hash'] as Uint8Array };
	}

	/** Keeps a checkpoint over these readings until it is settled. */
	put(
		{ stream, number, message, hash }: WaitingCheckpoint & { readonly hash: Uint8Array },
		covered: readonly UnsignedReading[],
	): void {
		this.#together(() => {
			this.#statements.put.run(stream, number, message);
			this.#statements.chain.run(stream, number, hash);
			for (const { id } of covered) this.#statements.cover.run(number, id);
		});
		this.#waiting = [...this.#waiting, { stream, number, message }];
	}

	/** Those that wait, in the order in which they were signed. */
	waiting(): readonly WaitingCheckpoint[] {
		return this.#waiting;
	}

	/** The service has it, or will never take it: with `again`, what it covers is to be covered by another. */
	settle({ stream, number }: Pick<WaitingCheckpoint, 'stream' | 'number'>, again = false): void {
		this.#together(() => {
			this.#statements[again ? 'uncover' : 'forget'].run(stream, number);
			this.#statements.settle.run(stream, number);
		});
		this.#waiting = this.#waiting.filter((one) => one.stream !== stream || one.number !== number);
	}

	/** Nothing of the stream is signed this way any more. */
	drop(stream: string): void {
		this.#together(() => {
			this.#statements.drop.run(stream);
			this.#statements.dropWaiting.run(stream);
		});
		this.#waiting = this.#waiting.filter((one) => one.stream !== stream);
	}
}

const prepare = (database: DatabaseSync) => ({
	add: database.prepare(
		`INSERT OR IGNORE INTO unsigned (id, stream, time, value, unit, doubted)
			SELECT id, stream, time, value, unit, doubted FROM reading WHERE id = ? AND sealed IS NULL AND time >= 0`,
	),
	counts: database.prepare('SELECT stream, count(*) AS n FROM unsigned WHERE checkpoint IS NULL GROUP BY stream'),
	oldest: database.prepare('SELECT * FROM unsigned WHERE stream = ? AND checkpoint IS NULL ORDER BY id LIMIT ?'),
	last: database.prepare('SELECT number, hash FROM open_chain WHERE stream = ?'),
	put: database.prepare('INSERT INTO open_checkpoint (stream, number, message) VALUES (?, ?, ?)'),
	chain: database.prepare('INSERT OR REPLACE INTO open_chain (stream, number, hash) VALUES (?, ?, ?)'),
	cover: database.prepare('UPDATE unsigned SET checkpoint = ? WHERE id = ?'),
	waiting: database.prepare('SELECT stream, number, message FROM open_checkpoint ORDER BY number'),
	settle: database.prepare('DELETE FROM open_checkpoint WHERE stream = ? AND number = ?'),
	forget: database.prepare('DELETE FROM unsigned WHERE stream = ? AND checkpoint = ?'),
	uncover: database.prepare('UPDATE unsigned SET checkpoint = NULL WHERE stream = ? AND checkpoint = ?'),
	drop: database.prepare('DELETE FROM unsigned WHERE stream = ?'),
	dropWaiting: database.prepare('DELETE FROM open_checkpoint WHERE stream = ?'),
});
