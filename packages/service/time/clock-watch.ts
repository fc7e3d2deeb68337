import { type Instant, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import { type ClockReading, clockError } from '@keyward/core/time';
import type { Log } from '../log/log.ts';
import type { TimeSource } from '../site/site-file.ts';

/** How often the source is asked, and how soon again where it did not answer. */
const EVERY: Milliseconds = minutes(17);
const AGAIN: Milliseconds = minutes(1);
/** How often it is seen whether somebody set the clock: a machine that slept, a person. */
const LOOK: Milliseconds = seconds(10);
/** A clock that was set by so much is compared at once. */
const SET: Milliseconds = 500;
/** Nobody vouches for an answer that is not authenticated: it is never taken for better than this (CR 2.11 RE(2)). */
const UNAUTHENTICATED: Milliseconds = seconds(10);

/** What is known of this machine's clock. */
export interface ClockState {
	/** Within what it is true now; null before the first answer. */
	readonly error: Milliseconds | null;
	/** When it was compared last. */
	readonly at: Instant | null;
	/** Why the last try gave nothing; null where it gave an answer. */
	readonly refused: string | null;
}

/** Compares the clock that everything is dated by with a source of time, again and again (requirement record-kept, CR 2.11). */
export interface ClockWatch {
	state(): ClockState;
	/** Resolves when the first try is over. */
	readonly first: Promise<void>;
	stop(): Promise<void>;
}

export interface ClockWatchOptions {
	readonly source: TimeSource;
	readonly ask: () => Promise<ClockReading>;
	readonly clock: Clock;
	readonly log: Pick<Log, 'warn' | 'info'>;
	readonly report: (error: unknown) => void;
}

export const startClockWatch = ({ source, ask, clock, log, report }: ClockWatchOptions): ClockWatch => {
	let [last, refused]: [ClockReading | null, string | null] = [null, null];
	let [due, tried] = [0, Number.NEGATIVE_INFINITY];
	let trying: Promise<void> | null = null;
	const error = (reading: ClockReading): Milliseconds => {
		const found = clockError(reading, clock.now(), performance.now());
		return source.authenticated ? found : Math.max(found, UNAUTHENTICATED);
	};
	const attempt = async (): Promise<void> => {
		tried = performance.now();
		try {
			last = await ask();
			if (refused !== null) log.info('the time source answers again', { host: source.host });
			refused = null;
			due = performance.now() + EVERY;
		} catch (failure) {
			if (!(failure instanceof Problem)) throw failure;
			if (refused === null) log.warn('the time source cannot be believed', { host: source.host, why: failure.detail });
			refused = failure.detail;
			due = performance.now() + AGAIN;
		}
	};
	const look = (): void => {
		const moved = last === null ? 0 : Math.abs(clock.now() - last.at - (performance.now() - last.ticks));
		const now = performance.now();
		if (trying !== null || (now < due && !(moved >= SET && now - tried >= AGAIN))) return;
		trying = attempt()
			.catch(report)
			.finally(() => {
				trying = null;
			});
	};
	look();
	const first = trying ?? Promise.resolve();
	const timer = setInterval(look, LOOK);
	return {
		first,
		state: () => ({ error: last === null ? null : error(last), at: last?.at ?? null, refused }),
		stop: async () => {
			clearInterval(timer);
			await trying;
		},
	};
};
