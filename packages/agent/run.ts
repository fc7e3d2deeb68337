import { type ErrorCode, type Instant, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery } from './delivery.ts';
import { openIdentity } from './identity.ts';
import type { LinkSettings, LinkState } from './link/message.ts';
import { defaultLimits, Outbox, type OutboxLimits } from './outbox.ts';
import type { PackFormat } from './pack.ts';
import { renewIfDue } from './renewal.ts';
import type { Sample, Source } from './source/source.ts';

export interface RunOptions {
	/** The device folder that `commission` made. */
	readonly folder: string;
	readonly source: Source;
	readonly clock: Clock;
	/** Aborted to stop: what was taken stays in the outbox. */
	readonly signal: AbortSignal;
	readonly report: (event: RunEvent) => void;
	/** Ends when the source has ended and nothing waits; else runs until stopped. */
	readonly untilDrained?: boolean;
	readonly format?: PackFormat;
	/** Lets readings that were refused in earlier runs wait again. */
	readonly retryRefused?: boolean;
	readonly limits?: OutboxLimits;
	readonly link?: LinkSettings;
	/** How often it is looked whether the certificate is due for renewal, and the counters are reported. */
	readonly renewEvery?: Milliseconds;
	readonly statusEvery?: Milliseconds;
}

/** What a running agent counts; codes are those of `docs/errors.md`. */
export interface RunCounters {
	/** Readings that the service acknowledged in this run. */
	readonly accepted: number;
	/** Readings in the outbox. */
	readonly waiting: number;
	/** Readings that the service refused in this run, by code. */
	readonly refused: Readonly<Partial<Record<ErrorCode, number>>>;
	/** Input that never became a reading, by code. */
	readonly complaints: Readonly<Partial<Record<ErrorCode, number>>>;
	/** Samples of a live source that were lost because the outbox was full. */
	readonly dropped: number;
	readonly link: LinkState['state'];
}

export type RunEvent =
	| { readonly event: 'link'; readonly link: LinkState }
	/** The first of its code; later ones are counted alone. */
	| { readonly event: 'refused'; readonly stream: string; readonly time: Instant; readonly code: ErrorCode; readonly detail: string }
	/** The first of its code; later ones are counted alone. */
	| { readonly event: 'complaint'; readonly code: ErrorCode; readonly detail: string }
	| { readonly event: 'source-ended' }
	| { readonly event: 'renewed' }
	| { readonly event: 'renewal-failed'; readonly code: ErrorCode; readonly detail: string }
	| { readonly event: 'status'; readonly counters: RunCounters };

/**
 * Runs a device: source → outbox → link, renewal beside it, until stopped, drained or failed. Gives the counters.
 * Throws `Problem('store-in-use')` when another agent runs on the folder, `Problem('outbox-corrupt')`,
 * `Problem('taken-over')` when another agent took the identity's session, and what the source throws.
 */
export const runDevice = async (options: RunOptions): Promise<RunCounters> => {
	const { folder, source, clock, report } = options;
	// The outbox is the folder's lock: it comes before anything that could act on the identity.
	using outbox = new Outbox(folder, options.limits ?? defaultLimits);
	const identity = await openIdentity(folder);
	if (identity.kind !== 'device') {
		throw new Problem('source-malformed', `${folder} is a reader's; run a device in the folder it was commissioned in`);
	}
	if (options.retryRefused === true) outbox.retryRefused();

	const tally = new Tally(outbox, report);
	const stop = new AbortController();
	const signal = AbortSignal.any([options.signal, stop.signal]);
	const failed = Promise.withResolvers<never>();
	failed.promise.catch(() => {});
	const drained = Promise.withResolvers<void>();
	let ended = false;
	const lookDrained = (): void => {
		if (options.untilDrained === true && ended && outbox.waiting === 0) drained.resolve();
	};

	const delivery = new Delivery({
		folder,
		application: identity.application,
		device: identity.id,
		outbox,
		format: options.format ?? 'cbor',
		...(options.link === undefined ? {} : { settings: options.link }),
		onState: (state) => {
			tally.linked(state);
			if (state.state === 'taken-over') {
				failed.reject(new Problem('taken-over', `another agent connected with this device's identity (${state.why}); stop one of them`));
			}
		},
		onAcknowledged: (count) => {
			tally.accepted += count;
			lookDrained();
		},
		onRefused: (reading, { code, detail }) => {
			tally.refuse(reading, code, detail);
			lookDrained();
		},
		onFailure: failed.reject,
	});
	const status = setInterval(() => tally.status(), options.statusEvery ?? seconds(5));
	const aborted = new Promise<void>((resolve) => {
		if (options.signal.aborted) resolve();
		else options.signal.addEventListener('abort', () => resolve(), { once: true });
	});

	const feeding = feed(source, outbox, tally, () => delivery.wake(), signal).then(() => {
		ended = true;
		if (!signal.aborted) report({ event: 'source-ended' });
		lookDrained();
	});
	const renewing = renew(folder, clock, options.renewEvery ?? minutes(1), delivery, report, signal);
	try {
		await Promise.race([
			aborted,
			drained.promise,
			failed.promise,
			feeding.then(() => failed.promise),
			renewing.then(() => failed.promise),
		]);
	} finally {
		stop.abort();
		clearInterval(status);
		await Promise.allSettled([feeding, renewing]);
		await delivery.close();
		tally.status();
	}
	return tally.counters();
};

/** Takes samples into the outbox. A full outbox holds the source back; what a live source gives then is lost, and counted. */
const feed = async (source: Source, outbox: Outbox, tally: Tally, wake: () => void, signal: AbortSignal): Promise<void> => {
	for await (const item of source.read(signal)) {
		if (item instanceof Problem) {
			tally.complain(item);
			continue;
		}
		for (let kept = false; !kept && !signal.aborted; ) {
			try {
				if (outbox.put(item)) wake();
				kept = true;
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
				if (error.code === 'reading-conflict') {
					tally.complain(error);
					kept = true;
				} else if (error.code !== 'outbox-full') {
					throw error;
				} else if (source.live) {
					tally.drop(error);
					kept = true;
				} else {
					await sleep(200, undefined, { signal }).catch(() => {});
				}
			}
		}
	}
};

/** Renews the certificate when it is due, and gives the link the new one. A failure is told once for each code. */
const renew = async (
	folder: string,
	clock: Clock,
	every: Milliseconds,
	delivery: Delivery,
	report: RunOptions['report'],
	signal: AbortSignal,
): Promise<void> => {
	let told: ErrorCode | null = null;
	while (!signal.aborted) {
		try {
			if (await renewIfDue(await openIdentity(folder), clock.now())) {
				report({ event: 'renewed' });
				await delivery.replaceLink();
			}
			told = null;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			if (told !== error.code) report({ event: 'renewal-failed', code: error.code, detail: error.detail });
			told = error.code;
		}
		await sleep(every, undefined, { signal }).catch(() => {});
	}
};

/** Counts, and tells the first of each kind. */
class Tally {
	accepted = 0;
	readonly #outbox: Outbox;
	readonly #report: RunOptions['report'];
	readonly #refused: Partial<Record<ErrorCode, number>> = {};
	readonly #complaints: Partial<Record<ErrorCode, number>> = {};
	#dropped = 0;
	#link: LinkState['state'] = 'connecting';

	constructor(outbox: Outbox, report: RunOptions['report']) {
		this.#outbox = outbox;
		this.#report = report;
	}

	linked(link: LinkState): void {
		this.#link = link.state;
		this.#report({ event: 'link', link });
	}

	refuse({ stream, time }: Sample, code: ErrorCode, detail: string): void {
		const count = (this.#refused[code] ?? 0) + 1;
		this.#refused[code] = count;
		if (count === 1) this.#report({ event: 'refused', stream, time, code, detail });
	}

	complain({ code, detail }: Problem): void {
		const count = (this.#complaints[code] ?? 0) + 1;
		this.#complaints[code] = count;
		if (count === 1) this.#report({ event: 'complaint', code, detail });
	}

	drop(problem: Problem): void {
		this.#dropped += 1;
		this.complain(problem);
	}

	counters(): RunCounters {
		return {
			accepted: this.accepted,
			waiting: this.#outbox.waiting,
			refused: { ...this.#refused },
			complaints: { ...this.#complaints },
			dropped: this.#dropped,
			link: this.#link,
		};
	}

	status(): void {
		this.#report({ event: 'status', counters: this.counters() });
	}
}
