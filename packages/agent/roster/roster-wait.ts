import type { ErrorCode, Milliseconds } from '@keyward/core';
import { readSealedItem, type Roster } from '@keyward/core/seal';
import type { Waiting } from '../outbox/outbox.ts';

/**
 * Streams whose epochs the service refuses because its roster is older than the device's, as after a restore from a backup. Such a
 * refusal is final only from a service that has the newest.
 */
export class RosterWait {
	readonly #streams = new Set<string>();
	readonly #newest: () => Roster | null;
	/** A service that takes its word back, and gives it again, has a link replaced no more often than this. */
	readonly #least: Milliseconds;
	/** Number that the service said on this connection; 0 where it said none, and so has none. */
	#said = 0;
	#ended = Number.NEGATIVE_INFINITY;

	/** `newest` is the newest roster that the device has. */
	constructor(newest: () => Roster | null, least: Milliseconds) {
		this.#newest = newest;
		this.#least = least;
	}

	/** The service says its roster's number after this, if it has one. */
	connected(): void {
		this.#said = 0;
	}

	/** Whether what waited is to be sent again now. */
	heard(number: number): boolean {
		this.#said = number;
		if (this.#streams.size === 0 || this.#isBehind() || performance.now() - this.#ended < this.#least) return false;
		this.#ended = performance.now();
		return true;
	}

	/** Whether what was refused for this is to wait with its stream: all of one message. */
	holds([{ stream, sealed }, ...more]: readonly [Waiting, ...Waiting[]], code: ErrorCode): boolean {
		// What comes after its epoch waits with it.
		if (code === 'epoch-unknown') return this.#streams.has(stream);
		if ((code !== 'epoch-roster' && code !== 'stream-key-unknown') || sealed === undefined || more.length > 0)
			return false;
		const item = readSealedItem(sealed);
		if (item.kind !== 'epoch') return false;
		// The refusal may have been on its way when the roster came: under the newest itself none is final.
		const newest = this.#newest()?.hash ?? new Uint8Array();
		if (!this.#isBehind() && Buffer.compare(item.received.content.rosterHash, newest) !== 0) return false;
		this.#streams.add(stream);
		return true;
	}

	/** All is tried again. */
	clear(): void {
		this.#streams.clear();
	}

	#isBehind(): boolean {
		return this.#said < (this.#newest()?.number ?? 0);
	}
}
