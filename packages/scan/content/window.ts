import type { Bytes } from '@keyward/core';
import { bytes } from '@keyward/core';

/**
 * Looks at `window[from…to)` for things that begin there and may reach beyond `to`; `base` is the place of `window[0]` in
 * the stream. Gives where to go on: `to`, or the end of something that reached beyond it.
 */
export type Carver = (window: Buffer, base: number, from: number, to: number) => number;

/** The longest thing that is found for certain, wherever it lies. */
export const OVERLAP: Bytes = bytes(262_144);

/** What may be looked at before the start of a thing: the label of a key. */
const BEFORE = 256;

/** A sliding window over a stream of any length: every carver sees every byte, with at least `OVERLAP` after it until the end. */
export const slidingWindow = (carvers: readonly Carver[]) => {
	let kept: Buffer = Buffer.alloc(0);
	let base = 0;
	const next = carvers.map(() => 0);
	const run = (window: Buffer, safe: number): void => {
		for (const [index, carver] of carvers.entries()) {
			const from = Math.max(0, (next[index] ?? 0) - base);
			if (from < safe) next[index] = base + carver(window, base, from, safe);
		}
	};
	const finish = (): void => {
		run(kept, kept.length);
		base += kept.length;
		kept = Buffer.alloc(0);
	};
	return {
		/** As many bytes are looked at elsewhere: nothing reaches into them or over them. */
		skip(length: number): void {
			finish();
			base += length;
		},
		write(chunk: Buffer): void {
			// Holes and blank flash: nothing begins or ends in zeros, but what began before them is finished first.
			if (kept.length === 0 && isZero(chunk)) {
				base += chunk.length;
				return;
			}
			const window = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
			const safe = window.length - OVERLAP;
			if (safe > 0) {
				run(window, safe);
				const from = Math.max(0, safe - BEFORE);
				kept = Buffer.from(window.subarray(from));
				base += from;
				if (isZero(kept)) {
					base += kept.length;
					kept = Buffer.alloc(0);
				}
			} else kept = Buffer.from(window);
		},
		end: finish,
	};
};

const zeros = Buffer.alloc(65_536);

export const isZero = (bytes: Uint8Array): boolean => {
	for (let at = 0; at < bytes.length; at += zeros.length) {
		const part = bytes.subarray(at, at + zeros.length);
		if (Buffer.compare(part, part.length === zeros.length ? zeros : zeros.subarray(0, part.length)) !== 0) return false;
	}
	return true;
};
