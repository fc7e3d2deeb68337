import { type ContentType, type Identity, isContentType } from '@keyward/core/observe';
import assert from 'node:assert/strict';

/** Bytes before each record: session, stream, message (u32 each), identity (f64), content type (u8), flags (u8), length (u16). */
const HEAD = 24;

/** What a length of 16 bits can say. */
const LONGEST = 0xffff;

/** One record of a batch, as the committer reads it. */
export interface BatchRecord {
	readonly session: number;
	readonly stream: number;
	/** Index of the message within the batch. */
	readonly message: number;
	readonly identity: Identity;
	readonly type: ContentType;
	/** Of the transport, up to 8 bits: anyone who is following gets them with the record. Not stored. */
	readonly flags: number;
	/** A view into the batch. */
	readonly payload: Uint8Array;
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

	add(
		session: number,
		stream: number,
		message: number,
		{ identity, type, payload }: Pick<BatchRecord, 'identity' | 'type' | 'payload'>,
		flags = 0,
	): void {
		// A longer one would be cut at its length modulo 65,536, and what is left of it read as records that nobody sent.
		assert(payload.length <= LONGEST);
		const end = this.#used + HEAD + payload.length;
		if (end > this.#bytes.length) this.#grow(end);
		const view = this.#view;
		view.setUint32(this.#used, session);
		view.setUint32(this.#used + 4, stream);
		view.setUint32(this.#used + 8, message);
		view.setFloat64(this.#used + 12, identity);
		view.setUint8(this.#used + 20, type);
		view.setUint8(this.#used + 21, flags);
		view.setUint16(this.#used + 22, payload.length);
		this.#bytes.set(payload, this.#used + HEAD);
		this.#used = end;
	}

	/**
	 * The batch so far, to be transferred; the writer begins again. It is no larger than what is in it: memory of buffers counts
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
		const length = view.getUint16(at + 22);
		const type = view.getUint8(at + 20);
		assert(isContentType(type));
		take({
			session: view.getUint32(at),
			stream: view.getUint32(at + 4),
			message: view.getUint32(at + 8),
			identity: view.getFloat64(at + 12),
			type,
			flags: view.getUint8(at + 21),
			payload: batch.subarray(at + HEAD, at + HEAD + length),
		});
		at += HEAD + length;
	}
};
