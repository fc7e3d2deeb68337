import { type Instant, type Milliseconds, minutes, type Problem, seconds } from '@keyward/core';
import {
	type ClockFinding,
	type ClockKeeper,
	type ClockLook,
	dateMoment,
	endStationClock,
	isDisputed,
	isPlausible,
	latestPossible,
	lookAtClock,
	openStationClock,
	type StationClock,
	takeNoServiceTime,
	takeServiceTime,
	timeNow,
} from '@keyward/core/observe';
import type { Outbox } from '../outbox/outbox.ts';
import type { Sample } from '../sample/source.ts';
import type { Clocked, NewlyDated } from '../outbox/undated.ts';
import { describeFinding } from './describe-finding.ts';
import type { MachineClock } from './machine-clock.ts';
import { released } from './released.ts';
import { tickOfTime } from './tick.ts';

/** What is said of this machine's clock. */
export interface ClockEvent {
	readonly event: 'clock';
	/** `dated`: readings that waited for their time have it; else what was found. */
	readonly finding: ClockFinding['kind'] | 'dated' | 'no-keeper';
	readonly detail: string;
}

export interface DatingOptions {
	readonly outbox: Outbox;
	readonly machine: MachineClock;
	/** From when on the device's certificate is valid. */
	readonly certified: Instant;
	readonly findKeeper: () => Promise<ClockKeeper | null>;
	readonly report: (event: ClockEvent) => void;
	readonly complain: (problem: Problem) => void;
}

/** How often the clocks are looked at: a jump is told from the time between. */
const lookEvery: Milliseconds = seconds(1);
const keepEvery: Milliseconds = minutes(1);
/** Undated readings that get their times in one transaction. */
const atOnce = 1000;
/** A live sample whose own time is that near to this machine's clock was dated by it. */
const sameClock: Milliseconds = seconds(2);

/**
 * Gives readings their true time. A sample by the station clock (`stationClock`), or one that somebody dated by this machine's
 * wall clock just now, is kept without a time until the true one is known, across power cuts; a sample that has a time of
 * another clock (a recording, GPS) keeps it.
 */
export class Dating {
	readonly #options: DatingOptions;
	#clock: StationClock;
	#keeper: ClockKeeper | null = null;
	#timers: NodeJS.Timeout[] = [];
	#stopped = false;

	constructor(options: DatingOptions) {
		this.#options = options;
		const { outbox, machine, certified } = options;
		const { undated } = outbox;
		const before = undated.clocks().find(({ boot }) => boot === machine.boot)?.clock ?? null;
		const floor = Math.max(certified, released, undated.lastKnown ?? certified);
		this.#clock = openStationClock(floor, this.#now(), before);
		this.#save();
	}

	/** Looks at the clocks from now on; says at once when they cannot be right. */
	start(): void {
		if (!isPlausible(this.#clock) && this.#clock.known === null) {
			this.#say({ kind: 'before-floor', wall: this.#clock.last.wall, floor: this.#clock.floor });
		}
		this.#timers = [setInterval(() => this.look(), lookEvery), setInterval(() => void this.#keep(), keepEvery)];
		for (const timer of this.#timers) timer.unref();
		void this.#keep().then(() => {
			if (this.#keeper === null && this.#clock.known === null && !this.#stopped) {
				const detail = `nothing is known to keep this machine's clock: readings are dated when the service has said its time`;
				this.#options.report({ event: 'clock', finding: 'no-keeper', detail });
			}
		});
	}

	stop(): void {
		this.#stopped = true;
		for (const timer of this.#timers) clearInterval(timer);
	}

	/** The true time as well as it is known. */
	now(): Instant {
		this.look();
		return Math.round(timeNow(this.#clock));
	}

	/** The service says another time than the time service that keeps this machine's clock. */
	get disputed(): boolean {
		return isDisputed(this.#clock);
	}

	/** Notices a jump of the wall clock. */
	look(): void {
		this.#take(lookAtClock(this.#clock, this.#now()));
	}

	/**
	 * Keeps a sample, at its true time where that is known; false when it is known already. Throws what `Outbox.put` throws.
	 */
	put(sample: Sample, live: boolean): boolean {
		const { outbox, machine } = this.#options;
		const clocked = this.#clockedOf(sample, live);
		if (clocked === null) return outbox.put(sample);
		const time = dateMoment(this.#clock, clocked);
		if (time === null) outbox.undated.put(sample, machine.boot, clocked);
		else if (clocked.stamped) return outbox.put({ ...sample, time: Math.round(time) });
		else outbox.putApart({ ...sample, time: Math.round(time) });
		return true;
	}

	/** The service said `time`, or nothing, when it was asked `roundTrip` ago: readings that waited for it are dated. */
	reached(time: Instant | null, roundTrip: Milliseconds): void {
		this.look();
		this.#take(time === null ? takeNoServiceTime(this.#clock) : takeServiceTime(this.#clock, time, roundTrip));
		if (this.#clock.known === null) return;
		const { outbox } = this.#options;
		// What is known now counts, even where something later was believed before: a clock far ahead must not stay.
		outbox.undated.lastKnown = Math.round(timeNow(this.#clock));
		this.#save();
		this.#dateAll();
	}

	#clockedOf({ time }: Sample, live: boolean): Clocked | null {
		const tick = tickOfTime(time);
		if (tick === null && !live) return null;
		this.look();
		const { last, stretches } = this.#clock;
		const stretch = stretches.length - 1;
		if (tick !== null) return { tick, wall: Math.round(last.wall - (last.tick - tick)), stretch, stamped: false };
		if (Math.abs(last.wall - time) > sameClock) return null;
		return { tick: last.tick - (last.wall - time), wall: time, stretch, stamped: true };
	}

	/** The latest boot first: its beginning is the latest possible end of the one before. */
	#dateAll(): void {
		const { outbox, machine } = this.#options;
		const { undated } = outbox;
		const counts = { dated: 0, doubted: 0 };
		const clocks = undated.clocks().filter(({ boot }) => boot !== machine.boot);
		let began = this.#dateBoot(machine.boot, this.#clock, counts);
		let after = this.#clock;
		for (const { boot, clock } of clocks.toReversed()) {
			const ended = Math.max(clock.last.tick, undated.lastTick(boot));
			after = endStationClock(clock, ended, began, after);
			began = this.#dateBoot(boot, after, counts, ended, began);
		}
		undated.forgetClocks(machine.boot);
		if (counts.dated === 0) return;
		const doubt = counts.doubted === 0 ? '' : `, ${counts.doubted} of them by guess: the site is told so`;
		const readings = counts.dated === 1 ? '1 reading is' : `${counts.dated} readings are`;
		this.#options.report({ event: 'clock', finding: 'dated', detail: `${readings} dated${doubt}` });
	}

	/** Dates what waits of one boot; gives when that began. */
	#dateBoot(
		boot: string,
		clock: StationClock,
		counts: { dated: number; doubted: number },
		ended: Milliseconds = 0,
		next: Instant = 0,
	): Instant {
		const { outbox, complain } = this.#options;
		for (;;) {
			const readings = outbox.undated.ofBoot(boot, atOnce);
			if (readings.length === 0) break;
			const dated = readings.map((reading): NewlyDated => {
				const time = dateMoment(clock, reading);
				return time === null
					? { reading, time: latestPossible(reading, ended, next), doubted: true }
					: { reading, time: Math.round(time), doubted: false };
			});
			for (const conflict of outbox.undated.date(dated)) complain(conflict);
			counts.dated += dated.length;
			counts.doubted += dated.filter(({ doubted }) => doubted).length;
		}
		const { known } = clock;
		return known === null ? next - ended : known.time - known.tick;
	}

	#now(): ClockLook {
		const { machine } = this.#options;
		return { tick: machine.tick(), wall: machine.wall(), keeper: this.#keeper };
	}

	#take({ clock, finding }: { readonly clock: StationClock; readonly finding: ClockFinding | null }): void {
		const changed = clock.stretches !== this.#clock.stretches;
		this.#clock = clock;
		if (changed) this.#save();
		if (finding !== null && finding.kind !== 'confirmed') this.#say(finding);
	}

	async #keep(): Promise<void> {
		this.#keeper = await this.#options.findKeeper().catch(() => null);
		// Nothing may touch the outbox any more.
		if (this.#stopped) return;
		this.look();
		this.#save();
		if (this.#clock.known !== null) this.#options.outbox.undated.lastKnown = Math.round(timeNow(this.#clock));
	}

	#save(): void {
		this.#options.outbox.undated.saveClock(this.#options.machine.boot, this.#clock);
	}

	#say(finding: ClockFinding): void {
		this.#options.report({ event: 'clock', finding: finding.kind, detail: describeFinding(finding) });
	}
}
