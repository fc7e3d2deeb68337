import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { type Bytes, type Milliseconds, Problem } from '@keyward/core';
import { openSerialPort, type SerialSettings } from './serial-port.ts';

/** More than any answer of the instruments that are asked here. */
const mostBytes: Bytes = 1024;

/** Questions and answers over a serial line, one at a time. */
export class SerialExchange {
	readonly #port: Duplex;
	readonly #path: string;
	#came = Buffer.alloc(0);
	#heard: () => void = () => {};
	/** After a failure: how long the line must be silent before it is asked again. */
	#unsettled: Milliseconds = 0;

	private constructor(port: Duplex, path: string) {
		this.#port = port;
		this.#path = path;
		port.on('data', (bytes: Buffer) => {
			this.#came = Buffer.concat([this.#came, bytes]).subarray(0, mostBytes + 1);
			this.#heard();
		});
		for (const event of ['close', 'end']) port.on(event, () => this.#heard());
		// The close that follows ends the question under way.
		port.on('error', () => this.close());
	}

	/** Throws `Problem('source-unavailable')`. */
	static async open(settings: SerialSettings, signal: AbortSignal): Promise<SerialExchange> {
		return new SerialExchange(await openSerialPort(settings, signal, 'both'), settings.path);
	}

	get isOpen(): boolean {
		return !this.#port.destroyed && this.#port.readable && this.#port.writable;
	}

	close(): void {
		this.#port.destroy();
	}

	/**
	 * Asks, and gives what `answer` makes of the bytes that came, as soon as that is not null. Throws what `answer` throws, and
	 * `Problem('source-unavailable')` when nothing is made of them in time or the port goes away. After such a failure the line is
	 * left silent for as long before it is asked again: on a line without numbers a late answer would be taken for the next one's.
	 */
	async ask<Answer>(
		question: Uint8Array,
		answer: (came: Buffer) => Answer | null,
		timeout: Milliseconds,
	): Promise<Answer> {
		await this.#settle();
		this.#came = Buffer.alloc(0);
		this.#unsettled = timeout;
		await this.#send(question, timeout);
		const made = await this.hear(answer, timeout);
		if (made === null) {
			const size = this.#came.length;
			throw new Problem(
				'source-unavailable',
				`no whole answer within ${timeout} ms${size === 0 ? '' : ` (${size} bytes came)`}`,
			);
		}
		this.#unsettled = 0;
		return made;
	}

	/** What `answer` makes of what came since the last question, and comes within this time; null when it is nothing. */
	async hear<Answer>(answer: (came: Buffer) => Answer | null, within: Milliseconds): Promise<Answer | null> {
		const deadline = performance.now() + within;
		for (;;) {
			const made = answer(this.#came);
			if (made !== null) return made;
			if (this.#came.length > mostBytes)
				throw new Problem('source-malformed', `more than ${mostBytes} bytes came, and no answer`);
			if (!this.isOpen) throw new Problem('source-unavailable', `${this.#path}: the port went away`);
			if (!(await this.#more(deadline - performance.now()))) return null;
		}
	}

	async #send(question: Uint8Array, timeout: Milliseconds): Promise<void> {
		if (!this.isOpen) throw new Problem('source-unavailable', `${this.#path}: the port went away`);
		if (this.#port.write(question)) return;
		try {
			await once(this.#port, 'drain', { signal: AbortSignal.timeout(timeout) });
		} catch (cause) {
			throw new Problem('source-unavailable', `${this.#path}: the port takes nothing`, { cause });
		}
	}

	/** Waits until no byte has come for long enough. */
	async #settle(): Promise<void> {
		while (this.#unsettled > 0 && this.isOpen && (await this.#more(this.#unsettled))) this.#came = Buffer.alloc(0);
	}

	/** Whether something came, or the port went away, within this time. */
	#more(within: Milliseconds): Promise<boolean> {
		const size = this.#came.length;
		return new Promise((resolve) => {
			const timer = setTimeout(
				() => {
					// A machine that was busy has not read yet what came in time.
					setImmediate(() => setImmediate(() => done(this.#came.length > size)));
				},
				Math.max(0, within),
			);
			const done = (heard: boolean): void => {
				clearTimeout(timer);
				this.#heard = () => {};
				resolve(heard);
			};
			this.#heard = () => done(true);
		});
	}
}
