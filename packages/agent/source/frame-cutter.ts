import { type BlockCheck, checkSize, disagreement } from './block-check.ts';
import { type Cutter, Gathered, longestLine, type Piece } from './cutter.ts';
import { LineWatch } from './line-watch.ts';

/** ASCII's start and end of text (ISO 1745). */
const STX = 0x02;
const ETX = 0x03;

/**
 * Frames between STX and ETX, with a check over what comes after STX, ETX included. What comes between frames is noise, and
 * complained about when it does not end. A frame that begins before the last has ended cuts that off.
 */
export class FrameCutter implements Cutter {
	readonly #check: BlockCheck;
	readonly #gathered = new Gathered();
	readonly #watch = new LineWatch(longestLine, 'stx-etx');
	/** Null between frames; then whether ETX has come, and the check so far. */
	#frame: { readonly sent: number[]; ended: boolean } | null = null;

	constructor(check: BlockCheck) {
		this.#check = check;
	}

	take(bytes: Buffer, now: number): Piece[] {
		const pieces: Piece[] = [];
		for (let at = 0; at < bytes.length;) {
			const frame = this.#frame;
			if (frame?.ended === true) {
				frame.sent.push(bytes[at] ?? 0);
				at += 1;
				if (frame.sent.length === checkSize(this.#check)) pieces.push(this.#end(frame.sent));
				continue;
			}
			const from = bytes.subarray(at);
			const end = from.findIndex((byte) => byte === STX || (frame !== null && byte === ETX));
			const text = end < 0 ? from : from.subarray(0, end);
			if (frame !== null) this.#gathered.add(text);
			const complaint = this.#watch.came(text, now);
			if (complaint !== null) pieces.push(complaint);
			if (end < 0) break;
			at += end + 1;
			if (from[end] === STX) {
				if (frame !== null) pieces.push(this.#cutOff());
				this.#frame = { sent: [], ended: false };
			} else if (frame !== null) {
				frame.ended = true;
				if (checkSize(this.#check) === 0) pieces.push(this.#end([]));
			}
		}
		return pieces;
	}

	close(): Piece[] {
		return this.#frame === null ? [] : [this.#cutOff()];
	}

	#cutOff(): Piece {
		this.#gathered.take();
		this.#frame = null;
		return { code: 'source-malformed', what: 'was cut off' };
	}

	#end(sent: readonly number[]): Piece {
		this.#frame = null;
		this.#watch.ended();
		const text = this.#gathered.take();
		if (!Buffer.isBuffer(text)) return text;
		// Integrity (input-refused): figures that a bad line garbled would otherwise be believed, and signed.
		const wrong = disagreement(this.#check, Buffer.concat([text, Buffer.of(ETX)]), Uint8Array.from(sent));
		return wrong === null ? text : { code: 'sentence-checksum', what: `does not agree with its check: ${wrong}` };
	}
}
