import { isSequenced } from '@keyward/core/observe';
import type { Receipt } from '@keyward/core/command';
import type { ErrorCode, Instant, Problem } from '@keyward/core';
import type { FactsEvent } from './facts/follow-facts.ts';
import type { BootEvent } from './enrolment/attest-boot.ts';
import type { UpdateEvent } from './update/follow-updates.ts';
import type { ClockEvent } from './clock/dating.ts';
import type { LinkState } from './link/message.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { SourceDescription } from './source-history.ts';
import type { Sample } from './sample/source.ts';

/** What a running agent counts; codes are those of `docs/errors.md`. */
export interface RunCounters {
	/** Readings that the service acknowledged in this run. */
	readonly accepted: number;
	/** Readings in the outbox. */
	readonly waiting: number;
	/** Those of them whose time is not known yet. */
	readonly undated: number;
	/** Readings that the service refused in this run, by code. */
	readonly refused: Readonly<Partial<Record<ErrorCode, number>>>;
	/** Input that never became a reading, by code. */
	readonly complaints: Readonly<Partial<Record<ErrorCode, number>>>;
	/** What else went wrong in this run, by code; no input was lost by it. */
	readonly warnings: Readonly<Partial<Record<ErrorCode, number>>>;
	/** Samples of a live source that were lost because the outbox was full. */
	readonly dropped: number;
	readonly link: LinkState['state'];
}

export type RunEvent =
	| { readonly event: 'link'; readonly link: LinkState }
	/** The first of its code; later ones are counted alone. */
	| {
			readonly event: 'refused';
			readonly stream: string;
			/** Null for an epoch or a checkpoint of a sealed stream, which has no time. */
			readonly time: Instant | null;
			readonly code: ErrorCode;
			readonly detail: string;
	  }
	/** The first of its code; later ones are counted alone. */
	| { readonly event: 'complaint'; readonly code: ErrorCode; readonly detail: string }
	/** Not about input: what waits, what the service said, what this machine cannot do. The first of its code. */
	| { readonly event: 'warning'; readonly code: ErrorCode; readonly detail: string }
	/** A command was obeyed or refused. */
	| { readonly event: 'command'; readonly receipt: Receipt }
	/** Readings come from another source, or by other rules, than in the last run. */
	| { readonly event: 'source-changed'; readonly described: SourceDescription }
	| ClockEvent
	| BootEvent
	| FactsEvent
	| UpdateEvent
	/** The service was tried with what it must refuse (`link/probe.ts`); the requirements that it did not keep. */
	| { readonly event: 'probed'; readonly letIn: readonly string[] }
	| { readonly event: 'source-ended' }
	| { readonly event: 'renewed' }
	/** The link uses the device's new key, and the old one is destroyed. */
	| { readonly event: 're-keyed' }
	/** It takes no weaker link than this from now on. */
	| { readonly event: 'link-changed'; readonly floor: string }
	| { readonly event: 'renewal-failed'; readonly code: ErrorCode; readonly detail: string }
	| { readonly event: 'status'; readonly counters: RunCounters };

type Report = (event: RunEvent) => void;

/** Counts, and tells the first of each kind. */
export class Tally {
	accepted = 0;
	readonly #outbox: Outbox;
	readonly #report: Report;
	readonly #refused: Partial<Record<ErrorCode, number>> = {};
	readonly #complaints: Partial<Record<ErrorCode, number>> = {};
	readonly #warnings: Partial<Record<ErrorCode, number>> = {};
	#dropped = 0;
	#link: LinkState['state'] = 'connecting';

	constructor(outbox: Outbox, report: Report) {
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
		if (count === 1)
			this.#report({ event: 'refused', stream, time: isSequenced(0 - time) ? null : time, code, detail });
	}

	complain({ code, detail }: Problem): void {
		const count = (this.#complaints[code] ?? 0) + 1;
		this.#complaints[code] = count;
		if (count === 1) this.#report({ event: 'complaint', code, detail });
	}

	warn({ code, detail }: Problem): void {
		const count = (this.#warnings[code] ?? 0) + 1;
		this.#warnings[code] = count;
		if (count === 1) this.#report({ event: 'warning', code, detail });
	}

	drop(problem: Problem): void {
		this.#dropped += 1;
		this.complain(problem);
	}

	counters(): RunCounters {
		return {
			accepted: this.accepted,
			waiting: this.#outbox.waiting,
			undated: this.#outbox.undated.count(),
			refused: { ...this.#refused },
			complaints: { ...this.#complaints },
			warnings: { ...this.#warnings },
			dropped: this.#dropped,
			link: this.#link,
		};
	}

	status(): void {
		this.#report({ event: 'status', counters: this.counters() });
	}
}
