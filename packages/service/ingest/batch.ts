import type { Instant } from '@keyward/core';

/** Bytes before each record: session, stream, message (u32 each), time (f64), length (u16). */
const HEAD = 22;
/** Added to the message's index when it was published with RETAIN. */
const RETAINED = 2 ** 31;

/** One record of a batch, as the committer reads it. `record` is a view into the batch. */
export interface BatchRecord {
	readonly session: number;
	readonly stream: number;
	/** Index of the message within the batch. */
	readonly message: number;
	readonly time: Instant;
	readonly record: Uint8Array;
	/** The message's RETAIN flag (MQTT 5 §3.3.1.3). */
	readonly retain: boolean;
}

/** Bytes that a writer keeps from batch to batch. */
const KEPT = 65_536;

/** Collects the records of one turn of a worker's loop into one buffer. */
export class BatchWriter {
	#bytes = new Uint8Array(KEPT);
	#view = new DataView(this.#bytes.buffer);
	#used = 0;

	/** Bytes so far. */
	get size(): number {
		return this.#used;
	}

	add(session: number, stream: number, message: number, time: Instant, record: Uint8Array, retain = false): void {
		const end = this.#used + HEAD + record.length;
		if (end > this.#bytes.length) this.#grow(end);
		const view = this.#view;
		view.setUint32(this.#used, session);
		view.setUint32(this.#used + 4, stream);
		view.setUint32(this.#used + 8, retain ? message + RETAINED : message);
		view.setFloat64(this.#used + 12, time);
		view.setUint16(this.#used + 20, record.length);
		this.#bytes.set(record, this.#used + HEAD);
		this.#used = end;
	}

	/**
	 * The batch so far, to be transferred; the writer begins anew. It is no larger than what is in it: memory of buffers counts
	 * against the committer's heap, and room to spare in hundreds of small batches a second makes it collect garbage all the time.
	 */
	take(): Uint8Array<ArrayBuffer> {
		const taken = this.#bytes.slice(0, this.#used);
		this.#used = 0;
		if (this.#bytes.length > KEPT) {
			this.#bytes = new Uint8Array(KEPT);
			this.#view = new DataView(this.#bytes.buffer);
		}
		return taken;
	}

	#grow(end: number): void {
		const bytes = new Uint8Array(Math.max(end, this.#bytes.length * 2));
		bytes.set(this.#bytes.subarray(0, this.#used));
		this.#bytes = bytes;
		this.#view = new DataView(bytes.buffer);
	}
}

/** Calls `take` for each record, in the order they were added. */
export const readBatch = (batch: Uint8Array, take: (record: BatchRecord) => void): void => {
	const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
	let at = 0;
	while (at < batch.length) {
		const length = view.getUint16(at + 20);
		const message = view.getUint32(at + 8);
		const retain = message >= RETAINED;
		take({
			session: view.getUint32(at),
			stream: view.getUint32(at + 4),
			message: retain ? message - RETAINED : message,
			time: view.getFloat64(at + 12),
			record: batch.subarray(at + HEAD, at + HEAD + length),
			retain,
		});
		at += HEAD + length;
	}
};
