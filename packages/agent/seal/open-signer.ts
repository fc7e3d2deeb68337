import { type Instant, type Milliseconds, Problem, seconds } from '@keyward/core';
import { encodeRecord, inUnit } from '@keyward/core/observe';
import type { Signer, StreamName } from '@keyward/core/port';
import {
	mostOpenCovered,
	openCheckpointHash,
	openDigestOf,
	type Roster,
	signOpenCheckpoint,
	streamKeysOf,
} from '@keyward/core/seal';
import type { MachineClock } from '../clock/machine-clock.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { UnsignedReading, WaitingCheckpoint } from '../outbox/unsigned-rows.ts';

/** How a stream that is sent open is signed: within which time, and in which unit its readings are kept. */
export interface OpenTerms {
	readonly within: Milliseconds;
	readonly unit: string;
}

export interface OpenSignerOptions {
	readonly application: string;
	readonly device: string;
	readonly outbox: Outbox;
	readonly machine: Pick<MachineClock, 'tick'>;
	/** The stream key. */
	readonly signer: () => Promise<Signer>;
	/** The owner's roster as it was last taken, however old; null where there is none. */
	readonly roster: () => Roster | null;
	readonly now: () => Instant;
	readonly complain: (problem: Problem) => void;
	/** Something waits that did not before. */
	readonly wake: () => void;
}

const LOOK: Milliseconds = seconds(1);

/**
 * Signs what a device sends open, once the service has it (reading-signature, ADR 0021): within the time that the owner's roster gives the
 * stream, or else the service. To sign more than was asked takes nothing from anybody, so that the service's word is enough for that.
 */
export class OpenSigner {
	readonly #options: OpenSignerOptions;
	/** What the service said of streams. */
	#said: ReadonlyMap<string, OpenTerms> = new Map();
	/** When the oldest reading that is not signed was acknowledged. */
	readonly #since = new Map<string, Milliseconds>();
	/** Readings that were acknowledged since the last look. */
	#fresh = 0;
	#stopped = false;
	#timer: NodeJS.Timeout | undefined;
	#turn: Promise<void> = Promise.resolve();

	constructor(options: OpenSignerOptions) {
		this.#options = options;
		options.outbox.signs = (stream) => this.#termsOf(stream) !== null;
	}

	start(): void {
		this.#timer = setInterval(() => void this.work(), LOOK);
		this.#timer.unref();
	}

	/** Signs all that is left. */
	async stop(): Promise<void> {
		clearInterval(this.#timer);
		await this.work(true);
		this.#stopped = true;
	}

	/** What the service asks, and of which of its streams. */
	heard(said: ReadonlyMap<string, OpenTerms>): void {
		this.#said = said;
	}

	/** Readings were acknowledged. */
	acknowledged(stream: string, count: number): void {
		const terms = this.#termsOf(stream);
		if (terms === null) return;
		if (!this.#since.has(stream)) this.#since.set(stream, this.#options.machine.tick());
		// An outbox of weeks is signed while it is sent.
		this.#fresh += count;
		if (terms.within > 0 && this.#fresh < mostOpenCovered) return;
		this.#fresh = 0;
		void this.work();
	}

	/** Signs what is due; `all`: whatever is there. */
	work(all = false): Promise<void> {
		this.#turn = this.#turn
			.then(async () => {
				if (this.#stopped) return;
				for (const [stream, count] of this.#options.outbox.unsigned.counts()) await this.#workOn(stream, count, all);
			})
			.catch((error: unknown) => {
				if (!(error instanceof Problem)) throw error;
				this.#options.complain(error);
			});
		return this.#turn;
	}

	async #workOn(stream: string, count: number, all: boolean): Promise<void> {
		const { outbox, machine } = this.#options;
		if (this.#isSealed(stream)) return outbox.unsigned.drop(stream);
		const terms = this.#termsOf(stream);
		// What no terms ask for any more stays until they do, or its stream is sealed.
		if (terms === null) return;
		// Of a run before, it is due at once.
		const since = this.#since.get(stream) ?? Number.NEGATIVE_INFINITY;
		// Signed at half of its time at the latest: what is left is for the way.
		const due = all || machine.tick() - since >= terms.within / 2;
		for (let left = count; left >= mostOpenCovered || (due && left > 0); left -= mostOpenCovered)
			await this.#sign(stream, terms);
		if (due) this.#since.delete(stream);
		this.#options.wake();
	}

	async #sign(stream: string, terms: OpenTerms): Promise<void> {
		const { application, device, outbox, signer, roster, now } = this.#options;
		const key = await signer();
		const inForce = roster();
		if (inForce !== null && !streamKeysOf(inForce, device).some((one) => Buffer.compare(one, key.publicKey) === 0))
			throw new Problem('stream-key-unknown', "The owner's roster does not name this device's stream key yet.");
		const readings = outbox.unsigned.oldest(stream, mostOpenCovered);
		// Locked: the key store is asked again.
		if (readings.length === 0) return;
		const covered = readings
			.map((one) => ({ time: one.time, record: recordOf(one, terms.unit) }))
			.toSorted((a, b) => a.time - b.time);
		const last = outbox.unsigned.last(stream);
		const checkpoint = {
			number: Math.max(1, now(), (last?.number ?? 0) + 1),
			times: covered.map(({ time }) => time),
			digest: openDigestOf(covered),
			previous: last?.hash ?? null,
		};
		const name: StreamName = { application, device, stream };
		const message = await signOpenCheckpoint(checkpoint, name, key);
		const { number } = checkpoint;
		outbox.unsigned.put({ stream, number, message, hash: openCheckpointHash(checkpoint) }, readings);
	}

	/** The service will not take it as it is. Another is made where that may help; else its readings stay unsigned, and readers see it. */
	refused(checkpoint: Pick<WaitingCheckpoint, 'stream' | 'number'>, { code, detail }: Problem): void {
		const again = code === 'stream-key-unknown' || code === 'reading-conflict';
		this.#options.outbox.unsigned.settle(checkpoint, again);
		if (again) this.#since.set(checkpoint.stream, this.#options.machine.tick());
		this.#options.complain(new Problem(code, `A signature of ${checkpoint.stream} was not taken: ${detail}`));
	}

	#isSealed(stream: string): boolean {
		return this.#options.roster()?.streams.get(stream)?.sealed === true;
	}

	#termsOf(stream: string): OpenTerms | null {
		const terms = this.#options.roster()?.streams.get(stream);
		const said = this.#said.get(stream) ?? null;
		if (terms === undefined) return said;
		if (terms.sealed) return null;
		const within = terms.signed === 'each' ? 0 : terms.signed.within;
		return { within: Math.min(within, said?.within ?? within), unit: terms.unit };
	}
}

/** As the service keeps it. */
const recordOf = ({ stream, time, value, unit = '', doubted }: UnsignedReading, kept: string): Uint8Array => {
	const record = inUnit({ name: stream, unit, time, value, extra: false }, kept);
	return encodeRecord({
		value: record.value,
		unit: record.unit,
		...(doubted === true && { doubt: ['time'] as const }),
	});
};
