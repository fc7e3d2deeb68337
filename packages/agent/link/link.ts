import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { passErrors } from '../tls/child-errors.ts';
import type { FromChild, LinkSettings, LinkState, Message, Outcome, ToChild } from './message.ts';

export interface LinkEvents {
	readonly onState: (state: LinkState) => void;
	readonly onOutcome: (number: number, outcome: Outcome) => void;
	/** The child ended without being told to; what it had not answered must be published by another. */
	readonly onEnd: (why: string) => void;
}

const child = fileURLToPath(new URL('child.ts', import.meta.url));

/** How long an ending child may wait for acknowledgements, and when it is ended by force. */
const grace = 3000;
const force = 6000;

/**
 * The agent's end of a link child: a process that holds the device's key and its one TLS context, so that a crash of
 * either leaves the outbox untouched, and a new certificate starts with a clean process.
 */
export class Link {
	readonly #child: ChildProcess;
	readonly #ended: Promise<void>;
	#closing = false;
	#why = '';

	constructor(folder: string, settings: LinkSettings, events: LinkEvents) {
		this.#child = fork(child, [String(grace)], {
			serialization: 'advanced',
			execArgv: [],
			stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
		});
		passErrors(this.#child);
		this.#child.on('message', (message: FromChild) => {
			if (message.tell === 'state') events.onState(message.state);
			else if (message.tell === 'outcome') events.onOutcome(message.number, message.outcome);
			else this.#why = `${message.detail} [${message.code}]`;
		});
		// A message to a child that has just ended is lost like any other; its end is told below.
		this.#child.on('error', (error) => {
			this.#why ||= error.message;
		});
		this.#ended = new Promise((resolve) => {
			this.#child.once('close', (code, signal) => {
				resolve();
				if (!this.#closing) events.onEnd(this.#why || `the link process ended (${signal ?? code})`);
			});
		});
		this.#tell({ tell: 'open', folder, settings });
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	publish(message: Message): void {
		this.#tell({ tell: 'publish', message });
	}

	/** Waits shortly for what is in flight, disconnects, and ends the child. Outcomes still come until this resolves. */
	async close(): Promise<void> {
		this.#closing = true;
		this.#tell({ tell: 'close' });
		const timer = setTimeout(() => this.#child.kill('SIGKILL'), force);
		await this.#ended;
		clearTimeout(timer);
	}

	#tell(message: ToChild): void {
		if (this.#child.connected) this.#child.send(message, () => {});
	}
}
