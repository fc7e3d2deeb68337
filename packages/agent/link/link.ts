import { type Child, startChild } from '@keyward/custody/child-process';
import { passLine } from '../tls/engine-noise.ts';
import type { Milliseconds } from '@keyward/core';
import type { LinkProtocol, LinkSettings, LinkState, Message, Outcome } from './message.ts';

export interface LinkEvents {
	readonly onState: (state: LinkState) => void;
	readonly onOutcome: (number: number, outcome: Outcome) => void;
	/** The service is to be tried with what it must refuse: 0 now, else in so long. */
	readonly onProbeDue: () => Promise<Milliseconds>;
	/** The service was tried with what it must refuse; the requirements that it did not keep. */
	readonly onProbed: (letIn: readonly string[]) => void;
	/** A command came; left out, the device listens for none. It comes again until its receipt was taken. */
	readonly onCommand?: (message: Uint8Array) => void;
	/** By the service's word, the owner's roster of this number is in force. */
	readonly onRoster?: (number: number) => void;
	/** The child ended without being told to; what it had not answered must be published by another. */
	readonly onEnd: (why: string) => void;
}

/** How long an ending child may wait for acknowledgements, and when it is ended by force. */
const grace = 3000;
const force = 6000;

/**
 * The agent's end of a link child: a process that holds the device's key and its one TLS context, so that a crash of
 * either leaves the outbox untouched, and a new certificate starts with a clean process.
 */
export class Link {
	readonly #child: Child<LinkProtocol>;
	readonly #ended: Promise<void>;
	#closing = false;
	#why = '';

	constructor(folder: string, settings: LinkSettings, events: LinkEvents) {
		this.#child = startChild<LinkProtocol>({
			program: new URL('./link-process.ts', import.meta.url),
			keepsAlive: true,
			onLine: passLine,
			onEvent: (event) => {
				if (event.tell === 'state') events.onState(event.state);
				else if (event.tell === 'outcome') events.onOutcome(event.number, event.outcome);
				else if (event.tell === 'command') events.onCommand?.(event.message);
				else if (event.tell === 'roster') events.onRoster?.(event.number);
				else if (event.tell === 'probe-due')
					void events.onProbeDue().then((wait) => this.#child.order({ tell: 'probe', wait }));
				else if (event.tell === 'probed') events.onProbed(event.letIn);
				else this.#why = `${event.detail} [${event.code}]`;
			},
		});
		this.#ended = this.#child.ended.then((how) => {
			if (!this.#closing) events.onEnd(this.#why || `the link failed: ${how}`);
		});
		this.#child.order({ tell: 'open', folder, settings, grace, commands: events.onCommand !== undefined });
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	publish(message: Message): void {
		this.#child.order({ tell: 'publish', message });
	}

	receipt(receipt: Uint8Array): void {
		this.#child.order({ tell: 'receipt', receipt });
	}

	/** Waits shortly for what is in flight, disconnects, and ends the child. Outcomes still come until this resolves. */
	async close(): Promise<void> {
		this.#closing = true;
		this.#child.order({ tell: 'close' });
		const timer = setTimeout(() => this.#child.kill(), force);
		await this.#ended;
		clearTimeout(timer);
	}
}
