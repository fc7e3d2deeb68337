import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type ErrorCode, Problem } from '@keyward/core';
import { explainSqlite, openOutboxFile } from './outbox-file.ts';
import { defaultLimits, type OutboxLimits } from './outbox-limits.ts';
import { codeOf, numberOf, placeOf, readingOf, untilLocked, type Waiting } from './outbox-row.ts';
import { OutboxCipher } from './outbox-cipher.ts';
import { HELD, prepare, REFUSED, type Statements, WAITING } from './outbox-statements.ts';
import { type Identity, sequenceIdentity } from '@keyward/core/observe';
import type { Sample } from '../sample/source.ts';
import { type HeldReading, type OwnEpoch, SealedRows, type Sealing, timeOfItem } from './sealed-rows.ts';
import { Undated } from './undated.ts';
import { UnsignedRows } from './unsigned-rows.ts';

export { defaultLimits, type OutboxLimits } from './outbox-limits.ts';
export type { Waiting } from './outbox-row.ts';

/** A reading that the service refused for good, with its reason. */
export interface RefusedReading extends Pick<Sample, 'stream' | 'time'> {
	/** Null while it is locked. */
	readonly value: Sample['value'] | null;
	readonly id: number;
	readonly code: ErrorCode;
	readonly detail: string;
}

const FILE = 'outbox.sqlite';

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
	readonly sealed: SealedRows;
	/** What readings are encrypted with here; a device's agent has them protected. */
	readonly cipher: OutboxCipher;
	readonly unsigned: UnsignedRows;
	/** Whether readings of a stream that were sent as they are are to be signed once they are acknowledged. */
	signs: (stream: string) => boolean = () => false;
	/** Says what becomes of each reading before it is kept (sealed-readings); they are sent as they are where there is none. */
	sealing: ((sample: Sample, doubted: boolean) => Sealing) | null = null;
	#waiting: number;

	constructor(folder: string, limits: OutboxLimits = defaultLimits) {
		this.#limits = limits;
		const path = join(folder, FILE);
		this.#database = openOutboxFile(path);
		this.#statements = prepare(this.#database);
		this.cipher = new OutboxCipher(this.#database);
		this.sealed = new SealedRows(this.#database);
		this.unsigned = new UnsignedRows(this.#database, this.cipher, (work) => this.#together(work));
		this.undated = new Undated(this.#database, this.cipher, {
			full: () => this.#refuseFull(),
			add: (sample, doubted) => this.#add(sample, doubted),
			settled: (count) => {
				this.#waiting += count;
			},
			guard: (work) => this.#guard(work),
		});
		this.#waiting = this.#countWaiting();
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

	/** As {@link OutboxCipher.unlock}. */
	async unlock(agree: (publicKey: Uint8Array) => Promise<Uint8Array>): Promise<number> {
		const lost = await this.cipher.unlock(agree);
		if (lost > 0) this.#waiting = this.#countWaiting();
		return lost;
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
		const known = this.#statements.find.get(stream, time);
		if (known !== undefined) {
			// What was sealed is not kept open for the sake of comparing it.
			if (known['sealed'] instanceof Uint8Array) return false;
			const first = this.cipher.read(String(known['value']), String(known['unit']), { stream, time });
			// One that is locked is taken for the same: the first stands either way.
			if (first === null || (first.value === value && (first.unit ?? '') === unit)) return false;
			const when = new Date(time).toISOString();
			throw new Problem('reading-conflict', `${stream} has another value at ${when} already; the first one stands`);
		}
		const sealing = this.sealing?.({ stream, time, value, ...(unit !== '' && { unit }) }, doubted) ?? { kind: 'open' };
		const state = sealing.kind === 'held' || sealing.kind === 'unsigned' ? HELD : WAITING;
		if ('bytes' in sealing) this.#statements.keep.run(stream, time, nothing, '', Number(doubted), state, sealing.bytes);
		else this.#keepPlain({ stream, time, value, unit }, doubted, state);
		return true;
	}

	#keepPlain({ stream, time, value, unit = '' }: Sample, doubted: boolean, state: number): void {
		const kept = this.cipher.write({ value, unit }, { stream, time });
		this.#statements.keep.run(stream, time, kept, this.cipher.protects ? '' : unit, Number(doubted), state, null);
	}

	/** Up to `limit` waiting readings after the id, in order; up to the first that is locked. */
	next(limit: number, after = 0): Waiting[] {
		return this.#guard(() =>
			untilLocked(this.#statements.next.all(after, limit), (row) => readingOf(row, this.cipher)),
		);
	}

	/** Up to `limit` readings of a stream that may not leave yet, in order. */
	held(stream: string, limit: number): HeldReading[] {
		return this.#guard(() =>
			untilLocked(this.#statements.held.all(stream, limit), (row) => {
				const reading = readingOf(row, this.cipher);
				const sealed = row['sealed'] instanceof Uint8Array ? row['sealed'] : null;
				return reading && { ...reading, doubted: row['doubted'] === 1, sealed };
			}),
		);
	}

	/** Streams with readings that may not leave yet. */
	heldStreams(): string[] {
		return this.#guard(() => this.#statements.heldStreams.all().map((row) => String(row['stream'])));
	}

	/** Lets a held reading go, after everything that waits already: sealed, or as it is where `bytes` is null. */
	release({ id, stream, time, value, unit = '', doubted }: HeldReading, bytes: Uint8Array | null): void {
		this.#together(() => {
			this.#statements.remove.run(id);
			if (bytes === null) this.#keepPlain({ stream, time, value, unit }, doubted, WAITING);
			else this.#statements.keep.run(stream, time, nothing, '', Number(doubted), WAITING, bytes);
		});
	}

	/** Keeps an epoch, and lets it go before what is sealed in it. */
	beginEpoch(stream: string, epoch: Pick<OwnEpoch, 'number' | 'hash' | 'message'>): void {
		this.#together(() => {
			this.sealed.addEpoch(stream, epoch);
			this.#addItem(stream, sequenceIdentity(epoch.number, 0), epoch.message);
		});
	}

	/** Lets a checkpoint go; `hash` is what the next names it by. */
	putCheckpoint(stream: string, identity: Identity, message: Uint8Array, hash: Uint8Array): void {
		this.#together(() => {
			this.sealed.setCheckpoint(stream, identity, hash);
			this.#addItem(stream, identity, message);
		});
	}

	/** Sealed readings of a stream that are known here, waiting and delivered, the oldest first. */
	sealedReadings(stream: string): Uint8Array[] {
		return this.#guard(() =>
			this.#statements.sealedReadings
				.all(stream)
				.flatMap(({ sealed }) => (sealed instanceof Uint8Array ? [sealed] : [])),
		);
	}

	#addItem(stream: string, identity: Identity, message: Uint8Array): void {
		this.#statements.keep.run(stream, timeOfItem(identity), nothing, '', 0, WAITING, message);
		this.#waiting += 1;
	}

	#together(work: () => void): void {
		this.#guard(() => {
			this.#database.exec('BEGIN IMMEDIATE');
			try {
				work();
				this.#database.exec('COMMIT');
			} catch (error) {
				if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
				throw error;
			}
		});
	}

	/** The service has these durably. */
	acknowledged(ids: readonly number[], stream = ''): void {
		const signs = this.signs(stream);
		this.#settle(ids, (id) => {
			const { changes } = this.#statements.deliver.run(id);
			if (signs && changes > 0) this.unsigned.add(id);
			return changes;
		});
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
				...placeOf(row),
				value: readingOf(row, this.cipher)?.value ?? null,
				...{ code: codeOf(row['code']), detail: String(row['detail']) },
			})),
			dropped: numberOf(this.#statements.dropped.get()?.['n']),
		}));
	}

	/** Lets every refused reading wait again, when what it was refused for was mended. Gives how many. */
	retryRefused(): number {
		return this.#guard(() => {
			const changes = Number(this.#statements.retry.run().changes);
			this.#waiting += changes;
			// Refused before it was sealed, it does not leave as it is.
			for (const stream of this.sealed.sealedStreams()) this.sealed.noteSealed(stream, true);
			return changes;
		});
	}

	close(): void {
		if (this.#database.isOpen) this.#database.close();
	}

	[Symbol.dispose](): void {
		this.close();
	}

	#countWaiting = (): number => this.#count(WAITING) + this.#count(HELD) + this.undated.count();

	#count(state: number): number {
		return numberOf(this.#statements.count.get(state)?.['n']);
	}

	#settle(ids: readonly number[], settle: (id: number) => number | bigint): void {
		let changed = 0;
		this.#together(() => {
			for (const id of ids) changed += Number(settle(id));
		});
		this.#waiting -= changed;
	}

	#guard<Result>(work: () => Result): Result {
		try {
			return work();
		} catch (error) {
			throw explainSqlite(error, FILE);
		}
	}
}

/** In the place of a value that is sealed. */
const nothing = 'false';
