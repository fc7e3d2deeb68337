import type { Instant, Milliseconds } from '@keyward/core';
import type { OpenReading } from './open-reading.ts';

/** As many as a reader remembers of an open stream (`OpenView`): what is older than these is signed by nothing that comes. */
const MOST = 8192;

interface Entry {
	readonly reading: OpenReading;
	readonly came: Instant;
	state: 'waits' | 'done' | 'dropped';
}

/**
 * Readings of one open stream that wait for their device's signature, in the order of their cursors: none overtakes another, so that a
 * place before the first one loses none and gives none twice.
 */
export class HeldOpen {
	/**
	 * Whether time is counted from when a reading came here. A reader that runs
	 * now and then counts from when it was measured, once it has all that is stored: else each run would begin again.
	 */
	readonly #follow: boolean;
	#entries: Entry[] = [];

	constructor(follow: boolean) {
		this.#follow = follow;
	}

	get count(): number {
		return this.#entries.length;
	}

	get first(): string | undefined {
		return this.#entries[0]?.reading.cursor;
	}

	/** `waits`: false where nobody says who would sign it. */
	put(row: OpenReading, waits: boolean, now: Instant): void {
		const came = this.#follow ? now : Math.min(now, row.time);
		this.#entries.push({ reading: { ...row, proof: 'unsigned' }, came, state: waits ? 'waits' : 'done' });
	}

	sign(times: readonly Instant[]): void {
		const signed = new Set(times);
		this.#entries = this.#entries.map((entry) =>
			entry.state === 'waits' && signed.has(entry.reading.time)
				? { ...entry, reading: { ...entry.reading, proof: 'signed' }, state: 'done' }
				: entry,
		);
	}

	/** The device signed something else: none of the range is handed on, for nobody knows which one is changed. */
	drop(times: readonly Instant[]): void {
		const forged = new Set(times);
		for (const entry of this.#entries)
			if (entry.state === 'waits' && forged.has(entry.reading.time)) entry.state = 'dropped';
	}

	/** What is to be given now: signed, or unsigned for longer than `patience`. `ended`: all that is stored has come. */
	release(patience: Milliseconds, now: Instant, ended = false): readonly OpenReading[] {
		const isOver = ({ came }: Entry, index: number): boolean =>
			((this.#follow || ended) && now - came > patience) || this.#entries.length - index > MOST;
		const over = this.#entries.findIndex((entry, index) => entry.state === 'waits' && !isOver(entry, index));
		const released = over < 0 ? this.#entries : this.#entries.slice(0, over);
		this.#entries = over < 0 ? [] : this.#entries.slice(over);
		return released.flatMap(({ state, reading }) => (state === 'dropped' ? [] : [reading]));
	}
}
