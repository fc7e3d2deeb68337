import type { SecureContext } from 'node:tls';
import { type Milliseconds, Problem } from '@keyward/core';
import { commandTopicOf, receiptTopicOf, rosterTopicOf } from '@keyward/core/device/stream-name';
import { backOff } from './back-off.ts';
import { dial } from './dial.ts';
import type { LinkSettings, LinkState, Message, Outcome, ServiceTime } from './message.ts';
import { judgePuback, takenOver } from './reason.ts';
import { Session } from './session.ts';

export interface PublisherOptions {
	/** `mqtts://host:port` */
	readonly url: string;
	readonly clientId: string;
	readonly context: SecureContext;
	readonly settings: LinkSettings;
	readonly onState: (state: LinkState) => void;
	readonly onOutcome: (number: number, outcome: Outcome) => void;
	/** Whose commands are listened for, and what is done with one; left out, none are. */
	readonly commands?: {
		readonly application: string;
		readonly id: string;
		readonly onCommand: (message: Uint8Array) => void;
	};
	/** Whose owner's rosters are followed, and what is done with the word that there is one of that number; left out, none are. */
	readonly rosters?: {
		readonly application: string;
		readonly id: string;
		readonly onRoster: (number: number) => void;
	};
	/** Asked before the service is tried with what it must refuse: 0 now, and it counts as tried; else in so long. */
	readonly probeDue: () => Promise<Milliseconds>;
	/** The service was tried with what it must refuse; the requirements that it did not keep. */
	readonly onProbed: (letIn: readonly string[]) => void;
	/** The part with the key did not sign: this process can do no more. */
	readonly onKeyFailure: (problem: Problem) => void;
	/** 0 to 1, for the jitter. */
	readonly chance: () => number;
}

/** How long a session must last to count as a success when nothing was acknowledged. */
const settled = 10_000;

/**
 * Publishes messages in order with QoS 1 over MQTT 5, and keeps each until it is answered: whatever was in flight when a
 * connection ended is published again, in order, on the next one.
 */
export class Publisher {
	readonly #options: PublisherOptions;
	/** Not answered yet, in order. */
	readonly #messages = new Map<number, Message>();
	readonly #inFlight = new Set<number>();
	#session: Session | null = null;
	#window = 0;
	#attempt = 0;
	#connectedAt = 0;
	/** How often in a row another took the session over. */
	#yielded = 0;
	#timer: NodeJS.Timeout | undefined;
	#hold: NodeJS.Timeout | undefined;
	#silence: NodeJS.Timeout | undefined;
	#ended = false;
	/** The last that was acknowledged. */
	#last: Message | null = null;
	#probe: NodeJS.Timeout | undefined;
	/** It counts as tried, and is not yet. */
	#mayProbe = false;

	constructor(options: PublisherOptions) {
		this.#options = options;
		this.#connect();
	}

	publish(message: Message): void {
		this.#messages.set(message.number, message);
		this.#pump();
	}

	/** Once: a command whose receipt is lost comes again with the next session. */
	receipt(payload: Uint8Array): void {
		const { commands } = this.#options;
		if (commands === undefined) return;
		const message = { number: 0, topic: receiptTopicOf(commands), contentType: 'application/cose', payload };
		this.#session?.publish(message, () => {});
	}

	/** Waits up to `grace` ms for what is in flight, then disconnects for good. */
	async close(grace: number): Promise<void> {
		const deadline = Date.now() + grace;
		for (const number of this.#messages.keys()) if (!this.#inFlight.has(number)) this.#messages.delete(number);
		while (this.#session !== null && this.#inFlight.size > 0 && Date.now() < deadline) {
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
		this.#end();
		await this.#session?.close();
		this.#session = null;
		this.#options.onState({ state: 'closed' });
	}

	#end(): void {
		this.#ended = true;
		clearTimeout(this.#timer);
		clearTimeout(this.#hold);
		clearTimeout(this.#silence);
		clearTimeout(this.#probe);
	}

	#connect(): void {
		this.#options.onState({ state: 'connecting' });
		this.#open().catch((error: unknown) => {
			if (error instanceof Problem && error.code.startsWith('token-')) this.#options.onKeyFailure(error);
			else this.#lost(null, error instanceof Problem ? error.detail : String(error));
		});
	}

	async #open(): Promise<void> {
		const { url, clientId, context, settings } = this.#options;
		const socket = await dial(url, context);
		if (this.#ended) {
			socket.destroy();
			return;
		}
		const session: Session = new Session(socket, clientId, settings.software, {
			onConnect: (window, said) => this.#connected(window, said),
			onEnd: (why, code) => {
				if (session === this.#session) this.#lost(code, why);
			},
		});
		this.#session = session;
	}

	#connected(window: number, said: ServiceTime): void {
		this.#window = Math.min(window, this.#options.settings.inFlight);
		this.#connectedAt = Date.now();
		this.#options.onState({ state: 'connected', said });
		const { commands, rosters } = this.#options;
		if (commands !== undefined) this.#session?.follow(commandTopicOf(commands), commands.onCommand);
		if (rosters !== undefined)
			this.#session?.follow(rosterTopicOf(rosters), (payload) => {
				const number = rosterIn(payload);
				if (number !== null) rosters.onRoster(number);
			});
		this.#pump();
	}

	#lost(code: number | null, why: string): void {
		if (this.#ended) return;
		this.#session = null;
		this.#window = 0;
		this.#inFlight.clear();
		clearTimeout(this.#silence);
		clearTimeout(this.#hold);
		this.#hold = undefined;
		if (code === takenOver) {
			// unique-key: two agents on one identity must not cut each other off without pause, nor may somebody who copied the key end
			// the true device for good. The site counts and tells of it.
			const retryIn = this.#yield();
			this.#options.onState({ state: 'taken-over', why, retryIn });
			this.#connectedAt = 0;
			this.#timer = setTimeout(() => this.#connect(), retryIn);
			return;
		}
		if (this.#connectedAt > 0 && Date.now() - this.#connectedAt >= settled) this.#attempt = 0;
		this.#connectedAt = 0;
		const retryIn = this.#wait();
		this.#options.onState({ state: 'waiting', why, retryIn });
		this.#timer = setTimeout(() => this.#connect(), retryIn);
	}

	/** Forgotten once a session lasted longer than the longest pause. */
	#yield(): number {
		const { settings, chance } = this.#options;
		const { first, most } = settings.yieldWait;
		if (this.#connectedAt > 0 && Date.now() - this.#connectedAt > most) this.#yielded = 0;
		const span = Math.min(most, first * 2 ** Math.min(this.#yielded++, 30));
		return Math.round(span * (0.5 + 0.5 * chance()));
	}

	#wait(): number {
		const { settings, chance } = this.#options;
		return backOff(this.#attempt++, settings.longestWait, chance());
	}

	#pump(): void {
		const session = this.#session;
		if (session === null || this.#hold !== undefined) return;
		for (const message of this.#messages.values()) {
			if (this.#inFlight.size >= this.#window) break;
			if (this.#inFlight.has(message.number)) continue;
			this.#inFlight.add(message.number);
			session.publish(message, (code, said) => {
				if (session === this.#session) this.#answered(message.number, code, said);
			});
		}
		this.#watch();
	}

	/** A service that takes messages and answers none is as good as gone: a half-open connection looks like that. */
	#watch(): void {
		clearTimeout(this.#silence);
		if (this.#inFlight.size === 0) return;
		const { patience } = this.#options.settings;
		this.#silence = setTimeout(
			() => this.#session?.abandon(`no acknowledgement within ${patience / 1000} s`),
			patience,
		);
	}

	#probeIn(wait: number): NodeJS.Timeout {
		return setTimeout(() => void this.#tryService(), wait).unref();
	}

	/** Between messages, so that each answer is the one to this very attempt; what is to be sent meanwhile goes on. */
	async #tryService(): Promise<void> {
		const { settings, probeDue, onProbed } = this.#options;
		if (!this.#mayProbe && this.#session !== null && this.#inFlight.size === 0) {
			const wait = await probeDue();
			if (this.#ended) return;
			this.#mayProbe = wait === 0;
			if (wait > 0) {
				this.#probe = this.#probeIn(wait);
				return;
			}
		}
		// Seldom: most links end before one is due.
		const { probe } = await import('./probe.ts');
		if (this.#ended) return;
		const session = this.#session;
		if (!this.#mayProbe || session === null || this.#last === null || this.#inFlight.size > 0) {
			this.#probe = this.#probeIn(1000);
			return;
		}
		this.#mayProbe = false;
		if (settings.probe !== null) this.#probe = this.#probeIn(settings.probe.every);
		onProbed(await probe(session, this.#last));
	}

	#answered(number: number, code: number, said: string | undefined): void {
		this.#inFlight.delete(number);
		const outcome = judgePuback(code, said);
		if (outcome.kind === 'retry') {
			this.#hold ??= setTimeout(() => {
				this.#hold = undefined;
				this.#pump();
			}, this.#wait());
			this.#watch();
			return;
		}
		this.#attempt = 0;
		if (outcome.kind === 'acknowledged') {
			this.#last = this.#messages.get(number) ?? this.#last;
			const { probe } = this.#options.settings;
			if (probe !== null) this.#probe ??= this.#probeIn(probe.first);
		}
		this.#messages.delete(number);
		this.#options.onOutcome(number, outcome);
		this.#pump();
	}
}

/** docs/mqtt.md: `{"roster": NUMBER}`. No word of the owner's, only why to look; null for anything else. */
const rosterIn = (payload: Uint8Array): number | null => {
	const number = /^\{"roster":(\d{1,15})\}$/.exec(Buffer.from(payload).toString('latin1'))?.[1];
	return number === undefined ? null : Number(number);
};
