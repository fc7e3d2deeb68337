/** How a number stands to those that came before it in its epoch. */
export type Arrival = 'next' | 'late' | 'again' | 'forked' | { readonly missing: readonly [number, number] };

/** Ranges of missing numbers, and hashes, that are remembered: as many as two checkpoints cover. */
const most = 128;

/**
 * Watches the numbers of one epoch. Each is there once: one left out is a gap, one that comes again is a replay, and one with two
 * texts a fork, which shows that the device, or who has its key, said two things.
 */
export class SequenceWatch {
	#newest = 0;
	#missing: [number, number][] = [];
	readonly #hashes = new Map<number, Uint8Array>();

	take(number: number, hash: Uint8Array): Arrival {
		const known = this.#hashes.get(number);
		if (known !== undefined) return Buffer.compare(known, hash) === 0 ? 'again' : 'forked';
		if (number <= this.#newest && !this.#fill(number)) return 'again';
		const late = number <= this.#newest;
		const missing: [number, number] | null = number > this.#newest + 1 ? [this.#newest + 1, number - 1] : null;
		if (missing !== null) this.#missing = [...this.#missing, missing].slice(-most);
		this.#newest = Math.max(this.#newest, number);
		this.#hashes.set(number, hash);
		for (const oldest of this.#hashes.keys()) {
			if (this.#hashes.size <= most) break;
			this.#hashes.delete(oldest);
		}
		return missing === null ? (late ? 'late' : 'next') : { missing };
	}

	/** What the device signed takes the place of what somebody else put under its number. */
	replace(number: number, hash: Uint8Array): void {
		if (this.#hashes.has(number)) this.#hashes.set(number, hash);
	}

	/** The device used this many numbers: what is missing of the last ones; null where none is. */
	end(numbers: number): readonly [number, number] | null {
		if (this.#newest >= numbers - 1) return null;
		const missing: [number, number] = [this.#newest + 1, numbers - 1];
		this.#missing = [...this.#missing, missing].slice(-most);
		this.#newest = numbers - 1;
		return missing;
	}

	/** The hash under a number; null for one that did not come or is long ago. */
	hash(number: number): Uint8Array | null {
		return this.#hashes.get(number) ?? null;
	}

	/** True where it was missing; it is no more. */
	#fill(number: number): boolean {
		const at = this.#missing.findIndex(([first, last]) => first <= number && number <= last);
		const range = this.#missing[at];
		if (range === undefined) return false;
		const [first, last] = range;
		const rest: [number, number][] = [
			[first, number - 1],
			[number + 1, last],
		];
		this.#missing.splice(at, 1, ...rest.filter(([from, to]) => from <= to));
		return true;
	}
}
