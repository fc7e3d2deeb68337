import type { DatabaseSync } from 'node:sqlite';
import { type Identity, readIdentity } from '@keyward/core/observe';
import { HELD, WAITING } from './outbox-statements.ts';
import type { Sample } from '../sample/source.ts';

/** What becomes of a reading before it is kept: sent as it is; kept until it can be sealed; sealed; sealed, and still to be signed. */
export type Sealing =
	| { readonly kind: 'open' }
	| { readonly kind: 'held' }
	| { readonly kind: 'sealed'; readonly bytes: Uint8Array }
	| { readonly kind: 'unsigned'; readonly bytes: Uint8Array };

/** A reading that is kept and may not leave yet; `sealed` is null where it lies there as it was measured. */
export interface HeldReading extends Sample {
	readonly id: number;
	readonly doubted: boolean;
	readonly sealed: Uint8Array | null;
}

/** An epoch that this device made. */
export interface OwnEpoch {
	readonly number: number;
	readonly hash: Uint8Array;
	/** As it is sent. */
	readonly message: Uint8Array;
	/** Number of its last checkpoint, and what the next names that by; 0 and null before the first. */
	readonly checkpoint: number;
	readonly checkpointHash: Uint8Array | null;
}

/** What stands for the time of what has none: below every time. */
export const timeOfItem = (identity: Identity): number => -identity;

/** Epochs of a stream that are remembered, to be sent again. */
const KEPT = 64;

/** The epochs of a device's sealed streams, in the outbox's file: numbers outlive the program, content keys never do. */
export class SealedRows {
	readonly #statements: ReturnType<typeof prepare>;

	constructor(database: DatabaseSync) {
		database.exec(`
			CREATE TABLE IF NOT EXISTS seal_epoch (
				stream TEXT NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, message BLOB NOT NULL,
				checkpoint INTEGER NOT NULL DEFAULT 0, checkpoint_hash BLOB,
				PRIMARY KEY (stream, number)
			) STRICT;
			CREATE TABLE IF NOT EXISTS sealed_stream (stream TEXT PRIMARY KEY) STRICT;
		`);
		this.#statements = prepare(database);
	}

	/** Streams that a roster had sealed, and none has opened since. */
	sealedStreams(): string[] {
		return this.#statements.streams.all().map((row) => String(row['stream']));
	}

	/** What waits of a stream that is sealed now, and was not, waits until it is. */
	noteSealed(stream: string, sealed: boolean): void {
		this.#statements[sealed ? 'note' : 'unnote'].run(stream);
		if (sealed) this.#statements.hold.run(stream);
	}

	/** The newest epoch of a stream, or that of this number; null where there is none. */
	epoch(stream: string, number: number | null = null): OwnEpoch | null {
		const row = number === null ? this.#statements.newest.get(stream) : this.#statements.of.get(stream, number);
		if (row === undefined) return null;
		const hash = row['checkpoint_hash'];
		return {
			number: Number(row['number']),
			hash: row['hash'] as Uint8Array,
			message: row['message'] as Uint8Array,
			checkpoint: Number(row['checkpoint']),
			checkpointHash: hash instanceof Uint8Array ? hash : null,
		};
	}

	addEpoch(stream: string, { number, hash, message }: Pick<OwnEpoch, 'number' | 'hash' | 'message'>): void {
		this.#statements.add.run(stream, number, hash, message);
		this.#statements.prune.run(stream, number - KEPT);
	}

	setCheckpoint(stream: string, identity: Identity, hash: Uint8Array): void {
		const place = readIdentity(identity);
		if ('epoch' in place) this.#statements.checkpoint.run(place.sequence, hash, stream, place.epoch);
	}
}

const prepare = (database: DatabaseSync) => ({
	streams: database.prepare('SELECT stream FROM sealed_stream'),
	note: database.prepare('INSERT OR IGNORE INTO sealed_stream (stream) VALUES (?)'),
	hold: database.prepare(
		`UPDATE reading SET state = ${HELD} WHERE stream = ? AND state = ${WAITING} AND sealed IS NULL`,
	),
	unnote: database.prepare('DELETE FROM sealed_stream WHERE stream = ?'),
	newest: database.prepare('SELECT * FROM seal_epoch WHERE stream = ? ORDER BY number DESC LIMIT 1'),
	of: database.prepare('SELECT * FROM seal_epoch WHERE stream = ? AND number = ?'),
	add: database.prepare('INSERT INTO seal_epoch (stream, number, hash, message) VALUES (?, ?, ?, ?)'),
	prune: database.prepare('DELETE FROM seal_epoch WHERE stream = ? AND number < ?'),
	checkpoint: database.prepare(
		'UPDATE seal_epoch SET checkpoint = ?, checkpoint_hash = ? WHERE stream = ? AND number = ?',
	),
});
