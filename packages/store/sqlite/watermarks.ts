import { Problem } from '@keyward/core';
import { isSequenced } from '@keyward/core/observe';
import type { RetentionWatermark } from '@keyward/core/port';
import { number, only, orNull } from './columns.ts';
import type { Database } from './database.ts';
import type { Streams } from './streams.ts';

/** How far readings are forgotten. */
export class RetentionWatermarks {
	/** Rows of times before it may be gone; −∞ when none is. */
	before: number;
	readonly #streams;
	readonly #kept;
	readonly #ends;
	readonly #remove;
	readonly #ended;
	readonly #first;
	readonly #put;

	/** `markEvery`: a row whose cursor and stream add up to a multiple of it has a mark. */
	constructor({ sql }: Database, streams: Streams, markEvery: number) {
		this.#streams = streams;
		const forgotten = only(sql.prepare('SELECT before FROM forgotten').get(), 'forgotten');
		this.before = orNull(number, forgotten, 'before') ?? -Infinity;
		this.#kept = sql.prepare('SELECT 1 FROM reading WHERE position <= ? AND coalesce(time, identity) >= ? LIMIT 1');
		this.#ends = sql.prepare(
			'SELECT stream, max(cursor) AS last, max(identity) AS highest FROM reading WHERE position <= ? GROUP BY stream',
		);
		this.#remove = [
			`DELETE FROM late WHERE (stream, identity) IN (SELECT stream, identity FROM reading WHERE position <= ?)`,
			`DELETE FROM mark WHERE (stream, cursor) IN
				(SELECT stream, cursor FROM reading WHERE position <= ? AND (stream + cursor) % ${markEvery} = 0)`,
			'DELETE FROM reading WHERE position <= ?',
			// erased-at-retirement, CR 4.2: with the last row under it, a span's key goes; without it, no copy of those rows is readable.
			'DELETE FROM data_key WHERE until <= ?',
		].map((text) => sql.prepare(text));
		this.#ended = sql.prepare('SELECT 1 FROM data_key WHERE until <= ? LIMIT 1');
		this.#first = sql.prepare('UPDATE stream SET first = ?, forgotten = ? WHERE id = ?');
		this.#put = sql.prepare('UPDATE forgotten SET before = ?');
	}

	/** Whether a span's key goes with the rows to there. */
	endsKey(position: number): boolean {
		return this.#ended.get(position) !== undefined;
	}

	/** Forgets in the open transaction. Call what it gives after the commit: it makes it true here, and says how many rows. */
	forget({ before, position }: RetentionWatermark): () => number {
		const latest = Math.max(before, this.before);
		if (position > this.#streams.end || this.#kept.get(position, before) !== undefined) {
			throw new Problem(
				'store-failed',
				'Only the beginning of the journal, of times before the horizon, can be forgotten.',
			);
		}
		const ends = this.#ends.all(position).map((row) => {
			const [stream, highest] = [number(row, 'stream'), number(row, 'highest')];
			const before = this.#streams.forgotten[stream] ?? -Infinity;
			// The horizon's time says it of identities that are times.
			const forgotten = isSequenced(highest) ? Math.max(before, highest) : before;
			return { stream, first: number(row, 'last') + 1, forgotten };
		});
		const [, , rows] = this.#remove.map((statement) => Number(statement.run(position).changes));
		for (const { stream, first, forgotten } of ends) {
			this.#first.run(first, forgotten === -Infinity ? null : forgotten, stream);
		}
		this.#put.run(latest);
		return () => {
			this.before = latest;
			for (const { stream, first, forgotten } of ends) {
				this.#streams.first[stream] = first;
				this.#streams.forgotten[stream] = forgotten;
			}
			return rows ?? 0;
		};
	}
}
