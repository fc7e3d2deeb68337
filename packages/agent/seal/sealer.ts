import { Problem } from '@keyward/core';
import { sequenceIdentity } from '@keyward/core/observe';
import {
	checkpointHash,
	digestOf,
	mostNumbers,
	readersOf,
	readSealedReading,
	type Roster,
	type SealCheckpoint,
	sealEpoch,
	signReading,
	signSealCheckpoint,
	type StreamTerms,
	streamKeysOf,
} from '@keyward/core/seal';
import type { HeldReading, Sealing } from '../outbox/sealed-rows.ts';
import type { Sample } from '../sample/source.ts';
import { releaseOpen, unnamedStreams } from './release-open.ts';
import { behind, giveUpSealed, heldNumbers, isBehind, newestKnown, releaseSealed } from './put-back.ts';
import { bootOf, newestRoster, type SealerOptions, type SealingRoster } from './sealer-options.ts';
import { believed, nextEpoch, type Told } from './last-stored.ts';
import { judgeSample, refuseSample } from './judge-sample.ts';
import { cut, type Due, dueFor, type Epoch, isDue, leftUnsigned, sealIn } from './key-epoch.ts';

/** Held readings that are sealed at a time. */
const AT_ONCE = 100;
/** Numbers that are left for the last checkpoint of an epoch. */
const SPARE = 16;
/** Checkpoints that may wait for their signature while readings go on. */
const MOST_DUE = 8;

/**
 * Seals a device's readings before they are kept (SEALING.md): by the terms of the owner's roster and by nothing else, so that nobody on
 * the way, the service least of all, can have them sent open. Content keys are in this object's memory alone: each start of the
 * program begins a new epoch, and so does a new roster.
 */
export class Sealer {
	readonly #options: SealerOptions;
	readonly #epochs = new Map<string, Epoch>();
	#roster: SealingRoster = null;
	/** Null until the service said, in this run, which numbers it has last. */
	#told: Told | null = null;
	/** How many numbers an epoch that is over used, by stream and number. */
	readonly #used = new Map<string, number>();
	/** Streams with readings that may not leave yet: as they were measured, or sealed. Those that come after wait behind them. */
	readonly #holding = new Map<string, 'plain' | 'sealed'>();
	#stopped = false;
	#turn: Promise<void> = Promise.resolve();
	#timer: NodeJS.Timeout | undefined;

	constructor(options: SealerOptions) {
		this.#options = options;
		for (const stream of options.outbox.heldStreams()) this.#holding.set(stream, 'plain');
		options.outbox.sealing = (sample, doubted) => this.#sealingOf(sample, doubted);
	}

	/** Nothing is sealed before {@link heard}: the folder may have been put back. */
	async start(roster: SealingRoster): Promise<void> {
		this.#note(roster);
		this.#timer = setInterval(() => void this.work(), 1000);
		this.#timer.unref();
		await this.work();
	}

	/** Signs what is not signed yet, and ends. */
	async stop(): Promise<void> {
		clearInterval(this.#timer);
		// Work that is under way begins nothing any more.
		this.#stopped = true;
		const open = [...this.#epochs];
		this.#epochs.clear();
		for (const [, epoch] of open) cut(epoch);
		await this.#inTurn(async () => {
			for (const [stream, epoch] of open) await this.#signDue(stream, epoch);
		});
	}

	/** What the device has of its owner now. */
	async takeRoster(roster: SealingRoster): Promise<void> {
		this.#note(roster);
		await this.work();
	}

	#note(roster: SealingRoster): void {
		this.#roster = roster;
		for (const [name, { sealed }] of newestRoster(roster)?.streams ?? [])
			this.#options.outbox.sealed.noteSealed(name, sealed);
	}

	/**
	 * The newest epoch that the service has of each stream, and its newest number in it: a device whose folder is older goes on after it. At first
	 * the readings of a run that ended without a last checkpoint get theirs.
	 */
	async heard(said: Told): Promise<void> {
		const told = believed(this.#options.outbox, said, this.#options.complain);
		const isFirst = this.#told === null;
		this.#told = told;
		await this.#inTurn(async () => {
			for (const stream of isFirst ? this.#options.outbox.sealed.sealedStreams() : [])
				await this.#closeEarlier(stream, told);
		});
		for (const [stream, number] of told.epochs) {
			const own = this.#epochs.get(stream);
			if (own !== undefined && number > own.keys.epoch) this.#leave(stream);
		}
		await this.work();
	}

	/** The service has another epoch of this number: what it has counts, and the device goes on after it. */
	async conflict(stream: string): Promise<void> {
		this.#leave(stream);
		await this.work();
	}

	/** What is sealed in the epoch stays so; the one after it says how many numbers it used. */
	#leave(stream: string): void {
		const epoch = this.#epochs.get(stream);
		if (epoch === undefined) return;
		this.#epochs.delete(stream);
		cut(epoch);
		this.#used.set(`${stream} ${epoch.keys.epoch}`, epoch.next);
		void this.#inTurn(() => this.#signDue(stream, epoch));
	}

	/** Begins epochs, seals what is held and signs what is due. */
	work(): Promise<void> {
		return this.#inTurn(async () => {
			const roster = newestRoster(this.#roster);
			for (const stream of roster === null ? [] : unnamedStreams(this.#options.outbox, roster))
				this.#releaseOpen(stream);
			for (const [stream, terms] of roster?.streams ?? []) {
				if (!terms.sealed) this.#releaseOpen(stream);
				else if (roster !== null) await this.#workOn(stream, terms, roster);
			}
			this.#options.wake();
		});
	}

	async #workOn(stream: string, terms: StreamTerms, roster: Roster): Promise<void> {
		const { machine, outbox } = this.#options;
		const epoch = this.#epochs.get(stream);
		if (epoch !== undefined) {
			const over =
				Buffer.compare(epoch.rosterHash, roster.hash) !== 0 ||
				machine.tick() - epoch.began >= terms.epoch ||
				epoch.next >= mostNumbers - SPARE;
			// Before anything is waited for: what comes meanwhile is not sealed in an epoch that is over.
			if (over) this.#epochs.delete(stream);
			if (over || isDue(epoch, machine.tick())) cut(epoch);
			await this.#signDue(stream, epoch);
			if (over) this.#used.set(`${stream} ${epoch.keys.epoch}`, epoch.next);
		}
		if (this.#stopped || !this.#mayGoOn(terms) || outbox.cipher.locked) return;
		const current = this.#epochs.get(stream) ?? (await this.#begin(stream, terms, roster));
		if (current === null) return;
		for (let held = outbox.held(stream, AT_ONCE); held.length > 0; held = outbox.held(stream, AT_ONCE)) {
			for (const reading of held) await this.#release(stream, current, reading);
		}
		// In the same breath as the look: what comes now may go at once.
		this.#holding.delete(stream);
	}

	/** roster-age: what is stale begins and adds nothing; a stream that must not stop goes on, sealed to the last readers. */
	#mayGoOn({ essential }: StreamTerms): boolean {
		return this.#roster?.state === 'current' || essential;
	}

	async #begin(stream: string, terms: StreamTerms, roster: Roster): Promise<Epoch | null> {
		const { application, device, outbox, machine, signer, now, complain } = this.#options;
		const last = outbox.sealed.epoch(stream);
		// Its counters may be lost, or those of a folder that was put back: a number used twice would be a fork.
		if (this.#told === null) return null;
		const key = await signer();
		if (!streamKeysOf(roster, device).some((one) => Buffer.compare(one, key.publicKey) === 0)) {
			complain(new Problem('stream-key-unknown', `The owner's roster does not name this device's stream key yet.`));
			return null;
		}
		const readers = readersOf(roster, stream, now());
		if (readers.length === 0) {
			complain(new Problem('epoch-recipients', `The owner's roster names no reader of ${stream}: its readings wait.`));
			return null;
		}
		const number = nextEpoch(stream, last?.number ?? 0, this.#told, complain);
		if (number === null) return null;
		const numbers = last === null ? undefined : this.#used.get(`${stream} ${last.number}`);
		const content = {
			...{ application, device, stream, number, rosterHash: roster.hash, suite: terms.suite },
			boot: bootOf(this.#options),
			previous: last?.number === number - 1 && numbers !== undefined ? { hash: last.hash, numbers } : null,
		};
		const { message, hash, keys } = await sealEpoch(content, readers, { ...this.#options, signer: key });
		outbox.beginEpoch(stream, { number, hash, message });
		const tick = machine.tick();
		const epoch = { keys, terms, rosterHash: roster.hash, began: tick, next: 1, hashes: [], since: tick, due: [] };
		this.#epochs.set(stream, epoch);
		return epoch;
	}

	/** What becomes of a reading that is kept now. */
	#sealingOf(sample: Sample, doubted: boolean): Sealing {
		const [{ stream }, { outbox }] = [sample, this.#options];
		const terms = newestRoster(this.#roster)?.streams.get(stream);
		if (terms?.sealed === false) return { kind: 'open' };
		// Neither a roster that is missing unseals a stream, nor one that names it no more.
		if (terms === undefined) {
			const unknown = newestRoster(this.#roster) === null || outbox.sealed.sealedStreams().includes(stream);
			return unknown ? this.#hold(stream) : { kind: 'open' };
		}
		const epoch = this.#epochs.get(stream);
		const fits =
			epoch !== undefined &&
			Buffer.compare(epoch.rosterHash, newestRoster(this.#roster)?.hash ?? new Uint8Array()) === 0 &&
			epoch.next < mostNumbers - SPARE &&
			epoch.due.length < MOST_DUE;
		if (!fits || !this.#mayGoOn(terms) || this.#holding.get(stream) === 'plain') return this.#hold(stream);
		if (judgeSample(sample, this.#options, this.#told) !== null) {
			// Refused in its turn.
			void this.work();
			return this.#hold(stream);
		}
		const waits = terms.signed === 'each' || epoch.due.length > 0 || this.#holding.has(stream);
		const bytes = this.#seal(epoch, sample, doubted);
		if (waits) this.#holding.set(stream, 'sealed');
		if (waits || epoch.due.length > 0) void this.work();
		return { kind: waits ? 'unsigned' : 'sealed', bytes };
	}

	#hold(stream: string): Sealing {
		this.#holding.set(stream, 'plain');
		return { kind: 'held' };
	}

	#seal(epoch: Epoch, sample: Sample, doubted: boolean): Uint8Array {
		const { device, machine, disputed } = this.#options;
		return sealIn(epoch, device, sample, doubted || disputed?.() === true, machine.tick());
	}

	async #release(stream: string, epoch: Epoch, held: HeldReading): Promise<void> {
		const { outbox, signer } = this.#options;
		const refusal = held.sealed === null ? judgeSample(held, this.#options, this.#told) : null;
		if (refusal !== null) return refuseSample(this.#options, held, refusal);
		await this.#signDue(stream, epoch);
		const bytes = held.sealed ?? this.#seal(epoch, held, held.doubted);
		if (epoch.terms.signed !== 'each') return outbox.release(held, bytes);
		// It may have been sealed in an epoch of a run before.
		const own = outbox.sealed.epoch(stream, readSealedReading(bytes).epoch);
		if (own !== null) outbox.release(held, await signReading(bytes, own.hash, await signer()));
	}

	#releaseOpen(stream: string): void {
		if (releaseOpen(this.#options.outbox, stream)) this.#holding.delete(stream);
	}

	async #signDue(stream: string, { keys, due }: Epoch): Promise<void> {
		for (let [next] = due; next !== undefined; [next] = due) {
			await this.#sign(stream, keys.epoch, keys.epochHash, next);
			due.shift();
		}
	}

	async #sign(stream: string, epoch: number, epochHash: Uint8Array, { sequence, hashes }: Due): Promise<void> {
		const first = sequence - hashes.length;
		const { outbox, machine, signer, now } = this.#options;
		const checkpoint: SealCheckpoint = {
			...{ epoch, epochHash, first, sequence, digest: digestOf(hashes), boot: bootOf(this.#options), time: now() },
			previous: outbox.sealed.epoch(stream, epoch)?.checkpointHash ?? null,
			uptime: Math.floor(machine.tick() / 1000),
		};
		const message = await signSealCheckpoint(checkpoint, await signer());
		outbox.putCheckpoint(stream, sequenceIdentity(epoch, sequence), message, checkpointHash(checkpoint));
	}

	/** The last checkpoints of an epoch whose key went with the run before: what they cover is known without it. */
	async #closeEarlier(stream: string, told: Told): Promise<void> {
		const { outbox, complain } = this.#options;
		const epoch = outbox.sealed.epoch(stream);
		if (epoch === null) return;
		const each = newestRoster(this.#roster)?.streams.get(stream)?.signed === 'each';
		// Where each is signed by itself, its turn comes; it was signed before, with other bytes, where the service has it.
		if (each) giveUpSealed(outbox, stream, told);
		else releaseSealed(outbox, stream);
		if (isBehind(outbox, stream, epoch, told)) return complain(new Problem('outbox-behind', behind(stream)));
		const waits = heldNumbers(outbox, stream);
		const left = leftUnsigned(outbox.sealedReadings(stream), epoch).filter(({ sequence }) => !waits.has(sequence));
		for (const due of dueFor(left)) await this.#sign(stream, epoch.number, epoch.hash, due);
		this.#used.set(`${stream} ${epoch.number}`, newestKnown(outbox, stream, outbox.sealed.epoch(stream) ?? epoch) + 1);
	}

	#inTurn(work: () => Promise<void>): Promise<void> {
		const turn = this.#turn.then(work).catch((error: unknown) => {
			if (!(error instanceof Problem)) throw error;
			this.#options.complain(error);
		});
		this.#turn = turn.catch(() => {});
		return turn;
	}
}
