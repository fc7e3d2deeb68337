import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { topicOf } from '@keyward/core/device/stream-name';
import { readSealedItem } from '@keyward/core/seal';
import { backOff } from './link/back-off.ts';
import { Link } from './link/link.ts';
import { defaultSettings, type LinkSettings, type LinkState, type Outcome } from './link/message.ts';
import type { Outbox, Waiting } from './outbox/outbox.ts';
import type { WaitingCheckpoint } from './outbox/unsigned-rows.ts';
import {
	contentTypes,
	encodePack,
	encodeSealedPack,
	type PackFormat,
	sealedType,
	sortIntoPacks,
} from './outbox/pack.ts';
import { RosterWait } from './roster/roster-wait.ts';
import type { RunningSealer } from './seal/sealing.ts';

export interface DeliveryOptions {
	readonly folder: string;
	readonly application: string;
	readonly device: string;
	readonly outbox: Outbox;
	readonly format: PackFormat;
	/** A command came; left out, the device listens for none. */
	readonly onCommand?: (message: Uint8Array) => void;
	/** What the device has of its owner; left out or null, it has none. */
	readonly sealing?: Pick<RunningSealer, 'roster' | 'told'> | null;
	/** The service is to be tried with what it must refuse: 0 now, else in so long. */
	readonly onProbeDue: () => Promise<Milliseconds>;
	/** The service was tried with what it must refuse; the requirements that it did not keep. */
	readonly onProbed: (letIn: readonly string[]) => void;
	/** What is other than usual. */
	readonly settings?: Partial<LinkSettings>;
	readonly onState: (state: LinkState) => void;
	/** Readings of a stream that the service has now. */
	readonly onAcknowledged: (count: number, stream: string) => void;
	/** The service will not take the checkpoint of an open stream as it is. */
	readonly onUnsigned?: (checkpoint: WaitingCheckpoint, problem: Problem) => void;
	readonly onRefused: (reading: Waiting, outcome: Extract<Outcome, { kind: 'refused' }>) => void;
	/** The outbox or the link cannot go on. */
	readonly onFailure: (error: unknown) => void;
}

/** Readings taken from the outbox at a time. */
const taken = 500;

/**
 * Moves readings from the outbox over the link, in order, and settles in the outbox what the service answered. When a
 * pack of several is refused, its readings are sent one by one, so that a bad one takes no good one with it.
 */
export class Delivery {
	readonly #options: DeliveryOptions;
	readonly #settings: LinkSettings;
	#link: Link | null = null;
	/** Handed to the link and not answered yet. */
	readonly #outstanding = new Map<number, Waiting[]>();
	/** Streams of which the service takes nothing on this link, and why. */
	readonly #withheld = new Map<string, string>();
	readonly #rosterWait: RosterWait;
	/** Items for which their epoch was sent again on this link. */
	readonly #sentAgain = new Set<number>();
	#tryAgain: NodeJS.Timeout | undefined;
	#packs: Waiting[][] = [];
	/** Checkpoints of open streams that are on their way, by their message's number. */
	readonly #checkpoints = new Map<number, WaitingCheckpoint>();
	/** The last outbox id that was taken. */
	#after = 0;
	#number = 0;
	#attempt = 0;
	#restart: NodeJS.Timeout | undefined;
	/** One replacement after another, or two links would be left. */
	#replacing: Promise<void> = Promise.resolve();
	#closed = false;
	/** Nothing may touch the outbox any more. */
	#settled = false;

	constructor(options: DeliveryOptions) {
		this.#options = options;
		this.#settings = { ...defaultSettings, ...options.settings };
		this.#rosterWait = new RosterWait(() => options.sealing?.roster() ?? null, this.#settings.withheldWait);
		this.#open();
	}

	/** The link child, for a test that kills it. */
	get pid(): number | undefined {
		return this.#link?.pid;
	}

	/** To be called when the outbox has got new readings. */
	wake(): void {
		if (this.#link === null) return;
		while (this.#outstanding.size < this.#settings.inFlight) {
			if (this.#publishCheckpoint(this.#link)) continue;
			const pack = this.#packs.shift() ?? this.#take();
			if (pack === undefined) return;
			this.#publish(this.#link, pack);
		}
	}

	/** Before readings: it is what lets the next ones in (reading-signature). */
	#publishCheckpoint(link: Link): boolean {
		const { application, device, outbox } = this.#options;
		const sent = [...this.#checkpoints.values()];
		const next = outbox.unsigned
			.waiting()
			.find((one) => !sent.some(({ stream, number }) => stream === one.stream && number === one.number));
		if (next === undefined) return false;
		this.#number += 1;
		this.#outstanding.set(this.#number, []);
		this.#checkpoints.set(this.#number, next);
		const topic = topicOf({ application, device, stream: next.stream });
		link.publish({ number: this.#number, topic, contentType: sealedType, payload: next.message });
		return true;
	}

	#settleCheckpoint(checkpoint: WaitingCheckpoint, outcome: Outcome): void {
		const { outbox, onUnsigned } = this.#options;
		if (outcome.kind === 'refused') onUnsigned?.(checkpoint, new Problem(outcome.code, outcome.detail));
		else if (outcome.kind === 'withheld') this.#withhold(checkpoint.stream, outcome.why);
		else {
			outbox.unsigned.settle(checkpoint);
			if (this.#withheld.get(checkpoint.stream)?.includes('reading-unsigned') === true) void this.replaceLink();
		}
	}

	receipt(receipt: Uint8Array): void {
		this.#link?.receipt(receipt);
	}

	/** Ends the link child and starts another, which loads the certificate again. */
	replaceLink(): Promise<void> {
		const turn = this.#replacing.then(async () => {
			await this.#closeLink();
			if (!this.#closed) this.#open();
		});
		this.#replacing = turn.catch(() => {});
		return turn;
	}

	async close(): Promise<void> {
		this.#closed = true;
		clearTimeout(this.#restart);
		clearTimeout(this.#tryAgain);
		await this.#closeLink();
		this.#settled = true;
	}

	async #closeLink(): Promise<void> {
		const link = this.#link;
		// Nothing more is handed over, but what is in flight may still be answered.
		this.#link = null;
		await link?.close();
	}

	#open(): void {
		clearTimeout(this.#restart);
		this.#outstanding.clear();
		this.#checkpoints.clear();
		this.#packs = [];
		this.#after = 0;
		this.#withheld.clear();
		this.#rosterWait.clear();
		this.#sentAgain.clear();
		const link: Link = new Link(this.#options.folder, this.#settings, {
			onState: (state) => {
				if (state.state === 'connected') {
					this.#attempt = 0;
					this.#rosterWait.connected();
				}
				this.#options.onState(state);
			},
			onOutcome: (number, outcome) => this.#settle(number, outcome),
			...(this.#options.onCommand !== undefined && { onCommand: this.#options.onCommand }),
			onRoster: (number) => {
				this.#options.sealing?.told(number);
				if (this.#rosterWait.heard(number)) void this.replaceLink();
			},
			onProbeDue: () => this.#options.onProbeDue(),
			onProbed: (letIn) => this.#options.onProbed(letIn),
			onEnd: (why) => {
				if (link === this.#link) this.#ended(why);
			},
		});
		this.#link = link;
		this.wake();
	}

	#ended(why: string): void {
		this.#link = null;
		const retryIn: Milliseconds = backOff(this.#attempt++, this.#settings.longestWait, Math.random());
		this.#options.onState({ state: 'waiting', why, retryIn });
		this.#restart = setTimeout(() => this.#open(), retryIn);
	}

	#take(): Waiting[] | undefined {
		for (;;) {
			const readings = this.#options.outbox.next(taken, this.#after);
			if (readings.length === 0) return undefined;
			this.#after = readings.at(-1)?.id ?? this.#after;
			this.#packs = sortIntoPacks(readings.filter(({ stream }) => !this.#withheld.has(stream)));
			const pack = this.#packs.shift();
			if (pack !== undefined) return pack;
		}
	}

	#publish(link: Link, readings: Waiting[]): void {
		const { application, device, format } = this.#options;
		const [first] = readings;
		if (first === undefined) return;
		const sealed = encodeSealedPack(readings);
		this.#number += 1;
		this.#outstanding.set(this.#number, readings);
		link.publish({
			number: this.#number,
			topic: topicOf({ application, device, stream: first.stream }),
			contentType: sealed === null ? contentTypes[format] : sealedType,
			payload: sealed ?? encodePack(device, readings, format),
		});
	}

	#settle(number: number, outcome: Outcome): void {
		const readings = this.#outstanding.get(number);
		if (readings === undefined || this.#settled) return;
		try {
			const checkpoint = this.#checkpoints.get(number);
			if (checkpoint === undefined) this.#record(readings, outcome);
			else this.#settleCheckpoint(checkpoint, outcome);
			// One that is withheld waits for the next link, or it would be sent without end.
			if (outcome.kind !== 'withheld') this.#checkpoints.delete(number);
			this.#outstanding.delete(number);
			this.wake();
		} catch (error) {
			if (error instanceof Problem && error.code === 'outbox-full') {
				// A full disk passes: until then the readings count as waiting, and would be sent again.
				setTimeout(() => this.#settle(number, outcome), seconds(1)).unref();
			} else {
				this.#options.onFailure(error);
			}
		}
	}

	/** What waits of the stream stays in the outbox, and holds up nothing of another; a new link is tried after a while. */
	#withhold(stream: string, why: string): void {
		if (this.#withheld.has(stream)) return;
		this.#withheld.set(stream, why);
		this.#packs = this.#packs.filter(([first]) => first?.stream !== stream);
		this.#options.onState({ state: 'withheld', stream, why });
		clearTimeout(this.#tryAgain);
		this.#tryAgain = setTimeout(() => void this.replaceLink(), this.#settings.withheldWait);
		this.#tryAgain.unref();
	}

	/** The epoch that the service has not, once for each item: it is sent again, and the item after it. */
	#epochFor({ id, stream, sealed }: Waiting): Waiting | null {
		if (sealed === undefined || this.#sentAgain.has(id)) return null;
		this.#sentAgain.add(id);
		const { kind, epoch } = readSealedItem(sealed);
		const own = kind === 'epoch' ? null : this.#options.outbox.sealed.epoch(stream, epoch);
		// Settled already, or about to be by its own row.
		return own === null ? null : { id: 0, stream, time: -1, value: false, sealed: own.message };
	}

	#record(readings: readonly Waiting[], outcome: Outcome): void {
		const { outbox, onAcknowledged, onRefused } = this.#options;
		const [first, second] = readings;
		if (outcome.kind === 'acknowledged') {
			const stream = first?.stream ?? '';
			outbox.acknowledged(
				readings.map(({ id }) => id),
				stream,
			);
			onAcknowledged(readings.filter(({ time }) => time >= 0).length, stream);
		} else if (outcome.kind === 'withheld') {
			if (first !== undefined) this.#withhold(first.stream, outcome.why);
		} else if (first !== undefined && this.#rosterWait.holds([first, ...readings.slice(1)], outcome.code)) {
			this.#withhold(first.stream, outcome.detail);
		} else if (second !== undefined) {
			this.#packs.unshift(...readings.map((reading) => [reading]));
		} else if (first !== undefined) {
			const epoch = outcome.code === 'epoch-unknown' ? this.#epochFor(first) : null;
			if (epoch !== null) {
				this.#packs.unshift([epoch], [first]);
				return;
			}
			outbox.refused(first.id, outcome.code, outcome.detail);
			onRefused(first, outcome);
		}
	}
}
