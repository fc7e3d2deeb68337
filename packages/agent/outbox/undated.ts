import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Instant, Milliseconds } from '@keyward/core';
import { Problem } from '@keyward/core';
import type { ClockedMoment, StationClock } from '@keyward/core/observe';
import type { Sample } from '../sample/source.ts';
import type { OutboxCipher } from './outbox-cipher.ts';
import { untilLocked } from './outbox-row.ts';

/** What a sample says of itself besides its time. */
export type Measured = Omit<Sample, 'time'>;

/** When a sample was taken, by the clocks of this machine. */
export interface Clocked extends ClockedMoment {
	/** True when somebody else wrote the wall clock's time beside the value: the same time again is the same moment. */
	readonly stamped: boolean;
}

/** A reading whose time is not known yet. */
export interface UndatedReading extends Measured, Clocked {
	readonly id: number;
}

/** A reading that is dated now. */
export interface NewlyDated {
	readonly reading: UndatedReading;
	readonly time: Instant;
	readonly doubted: boolean;
}

/** What the outbox does for its undated readings. */
interface Rest {
	/** Throws `Problem('outbox-full')`. */
	readonly full: () => void;
	readonly add: (sample: Sample, doubted: boolean) => boolean;
	readonly settled: (count: number) => void;
	readonly guard: <Result>(work: () => Result) => Result;
}

/**
 * Readings that wait for their time, and what is known of the clocks that they were taken by, in the outbox's file. They
 * outlive the program and a power cut as all readings do.
 */
export class Undated {
	readonly #rest: Rest;
	readonly #cipher: OutboxCipher;
	readonly #database: DatabaseSync;
	readonly #statements: ReturnType<typeof prepare>;

	constructor(database: DatabaseSync, cipher: OutboxCipher, rest: Rest) {
		this.#cipher = cipher;
		this.#database = database;
		this.#rest = rest;
		this.#statements = prepare(database);
	}

	count(): number {
		return Number(this.#statements.count.get()?.['n'] ?? 0);
	}

	/** Keeps a reading until its time is known. Throws `Problem('outbox-full')`. */
	put({ stream, value, unit = '' }: Measured, boot: string, { tick, wall, stretch, stamped }: Clocked): void {
		this.#rest.full();
		this.#rest.guard(() => {
			const kept = this.#cipher.write({ value, unit }, { stream, time: null });
			const beside = this.#cipher.protects ? '' : unit;
			this.#statements.insert.run(stream, kept, beside, boot, tick, wall, stretch, Number(stamped));
			this.#rest.settled(1);
		});
	}

	/** Up to `limit` of one boot, in the order in which they came; up to the first that is locked. */
	ofBoot(boot: string, limit: number): UndatedReading[] {
		return this.#rest.guard(() =>
			untilLocked(this.#statements.ofBoot.all(boot, limit), (row) => undatedOf(row, this.#cipher)),
		);
	}

	/** The last tick of a boot that a reading is known of; 0 when there is none. */
	lastTick(boot: string): Milliseconds {
		return Number(this.#statements.lastTick.get(boot)?.['tick'] ?? 0);
	}

	/**
	 * Lets dated readings wait for delivery, together or not at all; gives what stood in the way of single ones. Two moments are
	 * never made one: a time that is taken already gives way to the next that is free.
	 */
	date(dated: readonly NewlyDated[]): Problem[] {
		const conflicts: Problem[] = [];
		this.#rest.guard(() => {
			this.#database.exec('BEGIN IMMEDIATE');
			let gone = 0;
			try {
				for (const { reading, time, doubted } of dated) {
					const free = reading.stamped ? time : this.nextFree(reading.stream, time);
					if (!this.#addOne({ ...measuredOf(reading), time: free }, doubted, conflicts)) gone++;
					this.#statements.remove.run(reading.id);
				}
				this.#database.exec('COMMIT');
			} catch (error) {
				if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
				throw error;
			}
			this.#rest.settled(-gone);
		});
		return conflicts;
	}

	#addOne(sample: Sample, doubted: boolean, conflicts: Problem[]): boolean {
		try {
			return this.#rest.add(sample, doubted);
		} catch (error) {
			if (!(error instanceof Problem && error.code === 'reading-conflict')) throw error;
			conflicts.push(error);
			return false;
		}
	}

	/** The time, or the first after it at which the stream has no reading. */
	nextFree(stream: string, time: Instant): Instant {
		let free = time;
		while (this.#statements.taken.get(stream, free) !== undefined) free += 1;
		return free;
	}

	/** What earlier runs knew of the clocks, by boot, the earliest first. */
	clocks(): { readonly boot: string; readonly clock: StationClock }[] {
		return this.#rest.guard(() =>
			this.#statements.boots.all().map((row) => ({
				boot: String(row['id']),
				clock: JSON.parse(String(row['clock'])) as StationClock,
			})),
		);
	}

	saveClock(boot: string, clock: StationClock): void {
		this.#rest.guard(() => this.#statements.saveBoot.run(boot, JSON.stringify(clock)));
	}

	/** Forgets clocks of earlier boots that no reading waits for. */
	forgetClocks(present: string): void {
		this.#rest.guard(() => this.#statements.forget.run(present));
	}

	/** The last time that was known to be true; null when none was. */
	get lastKnown(): Instant | null {
		const time = this.#statements.known.get()?.['time'];
		return time === undefined ? null : Number(time);
	}

	set lastKnown(time: Instant) {
		this.#rest.guard(() => {
			if (Number(this.#statements.setKnown.run(time).changes) === 0) this.#statements.firstKnown.run(time);
		});
	}
}

const prepare = (database: DatabaseSync) => ({
	count: database.prepare('SELECT count(*) AS n FROM undated'),
	insert: database.prepare(
		'INSERT INTO undated (stream, value, unit, boot, tick, wall, stretch, stamped) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
	),
	ofBoot: database.prepare('SELECT * FROM undated WHERE boot = ? ORDER BY id LIMIT ?'),
	lastTick: database.prepare('SELECT max(tick) AS tick FROM undated WHERE boot = ?'),
	remove: database.prepare('DELETE FROM undated WHERE id = ?'),
	taken: database.prepare('SELECT 1 FROM reading WHERE stream = ? AND time = ?'),
	boots: database.prepare('SELECT id, clock FROM boot ORDER BY n'),
	saveBoot: database.prepare(
		'INSERT INTO boot (id, clock) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET clock = excluded.clock',
	),
	forget: database.prepare('DELETE FROM boot WHERE id <> ? AND id NOT IN (SELECT boot FROM undated)'),
	known: database.prepare('SELECT time FROM last_known'),
	setKnown: database.prepare('UPDATE last_known SET time = ?'),
	firstKnown: database.prepare('INSERT INTO last_known (time) VALUES (?)'),
});

const undatedOf = (row: Readonly<Record<string, SQLOutputValue>>, cipher: OutboxCipher): UndatedReading | null => {
	const stream = String(row['stream']);
	const kept = cipher.read(String(row['value']), String(row['unit']), { stream, time: null });
	if (kept === null) return null;
	return {
		id: Number(row['id']),
		stream,
		...kept,
		tick: Number(row['tick']),
		wall: Number(row['wall']),
		stretch: Number(row['stretch']),
		stamped: row['stamped'] === 1,
	};
};

const measuredOf = ({ stream, value, unit }: UndatedReading): Measured => ({
	stream,
	value,
	...(unit === undefined ? {} : { unit }),
});
