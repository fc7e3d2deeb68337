import { join } from 'node:path';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { type ErrorCode, errorCodes, Problem } from '@keyward/core';
import { explainSqlite, openOutboxFile } from './outbox-file.ts';
import type { Sample } from '../sample/source.ts';
import { Undated } from './undated.ts';

/** A reading that waits to be delivered. */
export interface Waiting extends Sample {
	/** Position in the outbox: readings are delivered in rising order. */
	readonly id: number;
	/** True when the time is as near as could be told, and may be wrong. */
	readonly doubted?: true;
}

/** A reading that the service refused for good, with its reason. */
export interface RefusedReading extends Sample {
	readonly id: number;
	readonly code: ErrorCode;
	readonly detail: string;
}

export interface OutboxLimits {
	/** The most readings that may wait. */
	readonly waiting: number;
	/** The most refused readings that are kept; the oldest is dropped for the next, and counted. */
	readonly refused: number;
	/** How many delivered identities are remembered, so that a source read again is not sent again. */
	readonly delivered: number;
}

export const defaultLimits: OutboxLimits = { waiting: 1_000_000, refused: 10_000, delivered: 10_000 };

const FILE = 'outbox.sqlite';
// States of a row.
const WAITING = 0;
const DELIVERED = 1;
const REFUSED = 2;

/**
 * The device's readings until the service has them, in `outbox.sqlite` of the device folder.
 *
 * - `put` returns when the reading is durable: after `kill -9` or power loss it is there at the next open.
 * - Nothing leaves it but by `acknowledged` or `refused`; both are durable when they return.
 * - Readings leave in the order in which they came.
 * - An identity (stream, time) is kept once: the same again is known; another value is `Problem('reading-conflict')`.
 * - While it is open no other process can open it: it is also the lock on the device folder, which the system frees
 *   however the process ends. A second open throws `Problem('store-in-use')`.
 * - A file that is damaged is moved aside, never deleted, and `Problem('outbox-corrupt')` is thrown; the next open
 *   begins with an empty one.
 */
export class Outbox implements Disposable {
	readonly #database: DatabaseSync;
	readonly #limits: OutboxLimits;
	readonly #statements: Statements;
	/** Readings whose time is not known yet; they wait too. */
	readonly undated: Undated;
	#waiting: number;

	constructor(folder: string, limits: OutboxLimits = defaultLimits) {
		this.#limits = limits;
		const path = join(folder, FILE);
		this.#database = openOutboxFile(path);
		this.#statements = prepare(this.#database);
		this.undated = new Undated(this.#database, {
			full: () => this.#refuseFull(),
			add: (sample, doubted) => this.#add(sample, doubted),
			settled: (count) => {
				this.#waiting += count;
			},
			guard: (work) => this.#guard(work),
		});
		this.#waiting = this.#count(WAITING) + this.undated.count();
	}

	/** Readings that wait, undated ones too. */
	get waiting(): number {
		return this.#waiting;
	}

	get full(): boolean {
		return this.#waiting >= this.#limits.waiting;
	}

	/**
	 * Keeps a reading; false when its identity is known with the same value and unit. Throws
	 * `Problem('reading-conflict')`, and `Problem('outbox-full')` when the outbox or the disk is full.
	 */
	put(sample: Sample): boolean {
		this.#refuseFull();
		return this.#guard(() => {
			if (!this.#add(sample, false)) return false;
			this.#waiting += 1;
			return true;
		});
	}

	/** Keeps a reading that is known to be of a moment that no other is of: at its time, or the next that is free. */
	putApart(sample: Sample): void {
		this.#refuseFull();
		this.#guard(() => {
			this.#add({ ...sample, time: this.undated.nextFree(sample.stream, sample.time) }, false);
			this.#waiting += 1;
		});
	}

	#refuseFull(): void {
		if (!this.full) return;
		throw new Problem(
			'outbox-full',
			`the outbox holds ${this.#waiting} readings; it takes more when the service is reached`,
		);
	}

	#add({ stream, time, value, unit = '' }: Sample, doubted: boolean): boolean {
		const kept = JSON.stringify(value);
		const known = this.#statements.find.get(stream, time);
		if (known !== undefined) {
			if (known['value'] === kept && known['unit'] === unit) return false;
			const when = new Date(time).toISOString();
			throw new Problem('reading-conflict', `${stream} has another value at ${when} already; the first one stands`);
		}
		this.#statements.insert.run(stream, time, kept, unit, Number(doubted));
		return true;
	}

	/** Up to `limit` waiting readings after the id, in order. */
	next(limit: number, after = 0): Waiting[] {
		return this.#guard(() => this.#statements.next.all(after, limit).map(readingOf));
	}

	/** The service has these durably. */
	acknowledged(ids: readonly number[]): void {
		this.#settle(ids, (id) => this.#statements.deliver.run(id).changes);
		this.#guard(() => this.#statements.forget.run(this.#limits.delivered));
	}

	/** The service will never take this one; it is kept aside with the reason. */
	refused(id: number, code: ErrorCode, detail: string): void {
		this.#settle([id], () => {
			const { changes } = this.#statements.refuse.run(code, detail, id);
			if (this.#count(REFUSED) > this.#limits.refused) {
				this.#statements.drop.run();
				this.#statements.tally.run();
			}
			return changes;
		});
	}

	/** The refused readings that are kept, oldest first, and how many were dropped to make room. */
	refusals(): { readonly kept: RefusedReading[]; readonly dropped: number } {
		return this.#guard(() => ({
			kept: this.#statements.refusals.all().map((row) => ({
				...readingOf(row),
				code: codeOf(row['code']),
				detail: String(row['detail']),
			})),
			dropped: numberOf(this.#statements.dropped.get()?.['n']),
		}));
	}

	/** Lets every refused reading wait again, when what it was refused for was mended. Gives how many. */
	retryRefused(): number {
		return this.#guard(() => {
			const changes = Number(this.#statements.retry.run().changes);
			this.#waiting += changes;
			return changes;
		});
	}

	close(): void {
		if (this.#database.isOpen) this.#database.close();
	}

	[Symbol.dispose](): void {
		this.close();
	}

	#count(state: number): number {
		return numberOf(this.#statements.count.get(state)?.['n']);
	}

	#settle(ids: readonly number[], settle: (id: number) => number | bigint): void {
		this.#guard(() => {
			let changed = 0;
			this.#database.exec('BEGIN IMMEDIATE');
			try {
				for (const id of ids) changed += Number(settle(id));
				this.#database.exec('COMMIT');
			} catch (error) {
				if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
				throw error;
			}
			this.#waiting -= changed;
		});
	}

	#guard<Result>(work: () => Result): Result {
		try {
			return work();
		} catch (error) {
			throw explainSqlite(error, FILE);
		}
	}
}

type Statements = ReturnType<typeof prepare>;

const prepare = (database: DatabaseSync) => ({
	find: database.prepare('SELECT value, unit FROM reading WHERE stream = ? AND time = ?'),
	insert: database.prepare('INSERT INTO reading (stream, time, value, unit, doubted) VALUES (?, ?, ?, ?, ?)'),
	next: database.prepare(`SELECT * FROM reading WHERE state = ${WAITING} AND id > ? ORDER BY id LIMIT ?`),
	count: database.prepare('SELECT count(*) AS n FROM reading WHERE state = ?'),
	deliver: database.prepare(`UPDATE reading SET state = ${DELIVERED} WHERE id = ? AND state = ${WAITING}`),
	forget: database.prepare(
		`DELETE FROM reading WHERE state = ${DELIVERED} AND id <=
			(SELECT id FROM reading WHERE state = ${DELIVERED} ORDER BY id DESC LIMIT 1 OFFSET ?)`,
	),
	refuse: database.prepare(
		`UPDATE reading SET state = ${REFUSED}, code = ?, detail = ? WHERE id = ? AND state = ${WAITING}`,
	),
	drop: database.prepare(`DELETE FROM reading WHERE id = (SELECT min(id) FROM reading WHERE state = ${REFUSED})`),
	tally: database.prepare('UPDATE dropped SET n = n + 1'),
	dropped: database.prepare('SELECT n FROM dropped'),
	refusals: database.prepare(`SELECT * FROM reading WHERE state = ${REFUSED} ORDER BY id`),
	retry: database.prepare(`UPDATE reading SET state = ${WAITING}, code = NULL, detail = NULL WHERE state = ${REFUSED}`),
});

type Row = Readonly<Record<string, SQLOutputValue>>;

const readingOf = (row: Row): Waiting => {
	const unit = String(row['unit']);
	return {
		id: numberOf(row['id']),
		stream: String(row['stream']),
		time: numberOf(row['time']),
		value: JSON.parse(String(row['value'])) as number | string | boolean,
		...(unit === '' ? {} : { unit }),
		...(row['doubted'] === 1 && { doubted: true }),
	};
};

const numberOf = (value: SQLOutputValue | undefined): number => Number(value ?? 0);

const codeOf = (value: SQLOutputValue | undefined): ErrorCode =>
	errorCodes.find((code) => code === value) ?? 'reading-value';
