import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import type { Clock } from '@keyward/core/port';
import { backOff } from '../link/back-off.ts';
import { checkSpan, type Measurement, poll } from './poll.ts';
import type { Sample, Source } from '../sample/source.ts';

/** A figure whose unit the instrument says itself. */
export interface Measured {
	readonly value: number;
	readonly unit: string;
}

/** A way to an instrument that answers one question at a time. It closes itself when its answers are in doubt. */
export interface Connection<What> {
	readonly isOpen: boolean;
	/** A round of questions begins: what was answered in the last is not asked again within one. */
	newRound?(): void;
	/** Throws `Problem` when there is no figure. */
	read(what: What): Promise<Sample['value'] | Measured>;
	close(): void;
}

export interface PolledOptions<What> {
	readonly streams: Readonly<Record<string, { readonly what: What; readonly unit?: string }>>;
	readonly every: Milliseconds;
	readonly timeout: Milliseconds;
	readonly clock: Clock;
	/** The longest wait before connecting again; 30 s when left out. */
	readonly longestWait?: Milliseconds;
	/** Throws `Problem` when there is no connection. */
	open(signal: AbortSignal): Promise<Connection<What>>;
}

/**
 * Asks an instrument every so long. It never ends by itself: what is not answered, or not to be connected to, is a `Problem` in place
 * of the sample, and the connection is made again, ever more slowly while it fails. Throws `Problem('source-malformed')` for
 * options that mean nothing.
 */
export const polled = <What>({
	streams,
	every,
	timeout,
	clock,
	longestWait = seconds(30),
	open,
}: PolledOptions<What>): Source => {
	checkSpan('an instrument can be asked every', every);
	checkSpan('an answer may take', timeout);
	for (const stream of Object.keys(streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
	return {
		live: true,
		async *read(signal) {
			let connection: Connection<What> | null = null;
			let attempt = 0;
			let told: string | null = null;

			/** Makes the connection if it must; gives what there is to say while it cannot. */
			const connected = async function* (): AsyncGenerator<Problem, Connection<What> | null> {
				while (!signal.aborted) {
					if (connection?.isOpen === true) return connection;
					try {
						if (attempt > 0) await sleep(backOff(attempt - 1, longestWait, Math.random()), undefined, { signal });
						connection = await open(signal);
						return connection;
					} catch (error) {
						if (signal.aborted) return null;
						if (!(error instanceof Problem)) throw error;
						attempt += 1;
						if (told !== error.detail) yield error;
						told = error.detail;
					}
				}
				return null;
			};
			const round = async function* (): AsyncIterable<Measurement | Problem> {
				connection?.newRound?.();
				for (const [stream, { what, unit }] of Object.entries(streams)) {
					const there = yield* connected();
					if (there === null) return;
					try {
						const read = await there.read(what);
						[attempt, told] = [0, null];
						if (typeof read === 'object') yield { stream, ...read };
						else yield { stream, value: read, ...(unit === undefined ? {} : { unit }) };
					} catch (error) {
						if (signal.aborted) return;
						if (!(error instanceof Problem)) throw error;
						if (!there.isOpen) attempt += 1;
						yield error;
					}
				}
			};
			const stop = (): void => connection?.close();
			signal.addEventListener('abort', stop);
			try {
				yield* poll({ every, clock }, round, signal);
			} finally {
				signal.removeEventListener('abort', stop);
				stop();
			}
		},
	};
};
