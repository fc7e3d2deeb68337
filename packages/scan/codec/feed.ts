/** The stream ends inside what is read. */
export class CutShort extends Error {}

/** What is read is not what it began as. */
export class Damaged extends Error {}

const NOTHING: Buffer = Buffer.alloc(0);
/** What was read stays at hand up to this length, to be read again as something else. */
const LONGEST_HISTORY = 1_048_576;

/** Gives the next bytes of something that is kept; empty at its end. */
type Refill = () => Promise<Buffer>;

/**
 * Bytes of a stream for a reader that asks for them: the writer waits until the reader wants more. `place` counts from the
 * start of the stream that they come from.
 */
export class Feed {
	place: number;
	#bytes: Buffer;
	#history: Buffer[] | null = [];
	#remembered = 0;
	#ended = false;
	#refill: Refill | null = null;
	/** What follows that which is refilled. */
	#behind: Buffer = NOTHING;
	#wanting: (() => void) | null = null;
	#arrived: (() => void) | null = null;

	constructor(place: number, bytes: Buffer) {
		this.place = place;
		this.#bytes = bytes;
	}

	/** Resolves when the reader wants more than these, or is done. */
	async write(chunk: Buffer, done: Promise<unknown>): Promise<void> {
		this.#bytes = this.#bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#bytes, chunk]);
		const wanting = new Promise<void>((resolve) => (this.#wanting = resolve));
		this.#arrived?.();
		await Promise.race([wanting, done]);
	}

	/** Resolves when the reader wants bytes that are not there yet, or is done. */
	async idle(done: Promise<unknown>): Promise<void> {
		if (this.#arrived !== null) return;
		await Promise.race([new Promise<void>((resolve) => (this.#wanting = resolve)), done]);
	}

	end(): void {
		this.#ended = true;
		this.#arrived?.();
	}

	/** Goes back, or on, to `place`, from where the bytes come from elsewhere, and then from here on as before. */
	replay(place: number, refill: Refill): void {
		this.#behind = this.#bytes;
		this.#bytes = NOTHING;
		this.#history = null;
		this.#refill = refill;
		this.place = place;
	}

	/** What nobody has read, piece by piece, without waiting for more to be written; null at its end. */
	async left(): Promise<Buffer | null> {
		if (this.#bytes.length === 0) await this.#refilled();
		const bytes = this.#bytes;
		this.#bytes = NOTHING;
		return bytes.length === 0 ? null : bytes;
	}

	/** Bytes at hand, valid until the next await. */
	get bytes(): Buffer {
		return this.#bytes;
	}

	/** True when as many bytes are at hand, which are then; false when the stream ends before. */
	async need(length: number): Promise<boolean> {
		while (this.#bytes.length < length) if (!(await this.#more())) return false;
		return true;
	}

	/** As many bytes. Throws {@link CutShort}. */
	async take(length: number): Promise<Buffer> {
		if (!(await this.need(length))) throw new CutShort();
		const bytes = this.#bytes.subarray(0, length);
		this.drop(length);
		return bytes;
	}

	/** Some bytes, at most as many; null at the end. */
	async some(most = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
		if (!(await this.need(1))) return null;
		const bytes = this.#bytes.subarray(0, Math.min(most, this.#bytes.length));
		this.drop(bytes.length);
		return bytes;
	}

	/** Passes over bytes at hand. */
	drop(length: number): void {
		this.#remember(this.#bytes.subarray(0, length));
		this.#bytes = this.#bytes.subarray(length);
		this.place += length;
	}

	/** Passes over bytes. Throws {@link CutShort}. */
	async skip(length: number): Promise<void> {
		for (let left = length; left > 0;) {
			const some = await this.some(left);
			if (some === null) throw new CutShort();
			left -= some.length;
		}
	}

	/** What was read was rightly read: it is not read again. */
	commit(): void {
		this.#history = null;
	}

	/** What follows may be something else: it is read again from here. */
	mark(): void {
		this.#history = [];
		this.#remembered = 0;
	}

	/** Goes back to the first byte, or the last mark; false, and nothing, when that is no longer at hand. */
	rewind(): boolean {
		if (this.#history === null) return false;
		this.#bytes = Buffer.concat([...this.#history, this.#bytes]);
		this.place -= this.#remembered;
		this.#history = [];
		this.#remembered = 0;
		return true;
	}

	#remember(bytes: Buffer): void {
		this.#remembered += bytes.length;
		if (this.#remembered > LONGEST_HISTORY) this.#history = null;
		this.#history?.push(bytes);
	}

	async #refilled(): Promise<boolean> {
		if (this.#refill === null) return false;
		let bytes = await this.#refill();
		if (bytes.length === 0) {
			this.#refill = null;
			bytes = this.#behind;
			this.#behind = NOTHING;
		}
		this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
		return bytes.length > 0;
	}

	async #more(): Promise<boolean> {
		if (await this.#refilled()) return true;
		if (this.#ended) return false;
		const before = this.#bytes.length;
		const arrived = new Promise<void>((resolve) => (this.#arrived = resolve));
		this.#wanting?.();
		this.#wanting = null;
		await arrived;
		this.#arrived = null;
		return this.#bytes.length > before;
	}
}

/** A feed of bytes that are all there. */
export const feedOf = (bytes: Buffer): Feed => {
	const feed = new Feed(0, bytes);
	feed.end();
	return feed;
};
