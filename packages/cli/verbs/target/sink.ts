import type { StreamReading } from '@keyward/core/export';

/** Where readings go on to, once they are open on the reader's own machine. */
export interface Sink {
	/** What becomes of a reading when either side is restarted, as a clause. */
	readonly promise: string;
	/**
	 * Resolves when what is there will outlive the target's own restart, as far as the target says so; gives how far the target
	 * reaches then, in bytes of a file, 0 for others. Throws `Problem('target-unavailable')`: the same again may succeed; and
	 * `Problem('target-refused')`: it will not.
	 */
	put(readings: readonly StreamReading[]): Promise<number>;
	close(): Promise<void>;
}
