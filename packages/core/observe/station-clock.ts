import type { Instant } from '../units/instant.ts';
import { type Milliseconds, seconds } from '../units/milliseconds.ts';

/** What keeps a machine's wall clock: a time service (NTP, GPS) that has set it, or a hardware clock that ran on. */
export type ClockKeeper = 'time-service' | 'hardware-clock';

/** What the two clocks of a machine say at one moment. */
export interface ClockLook {
	/** Since the machine was switched on, suspended time included; nobody sets it. */
	readonly tick: Milliseconds;
	readonly wall: Instant;
	readonly keeper: ClockKeeper | null;
}

/** A time in which the wall clock ran on without a jump. */
export interface ClockStretch extends ClockLook {
	/** What is to be added to the wall clock of this stretch; null while nobody has said. */
	readonly correction: Milliseconds | null;
}

/**
 * What is known of a machine's clock since it was switched on. The wall clock is believed when the service, whose word
 * comes over an authenticated link, agrees; until then it is in doubt, and what was measured is dated when it is known.
 */
export interface StationClock {
	/** The wall clock is wrong before this: the certificate, the program or the last time that was known is younger. */
	readonly floor: Instant;
	/** The last is the present one; never empty. */
	readonly stretches: readonly ClockStretch[];
	/** A moment whose true time is known. */
	readonly known: { readonly tick: Milliseconds; readonly time: Instant } | null;
	readonly last: ClockLook;
}

/** What is said of a clock. */
export type ClockFinding =
	/** The wall clock is before the floor. */
	| { readonly kind: 'before-floor'; readonly wall: Instant; readonly floor: Instant }
	/** The wall clock moved `by` while the other did not. */
	| { readonly kind: 'jumped'; readonly by: Milliseconds }
	/** The wall clock is wrong: `correction` is to be added. */
	| { readonly kind: 'off'; readonly correction: Milliseconds }
	/** The service did not say its time, and nothing is known to keep the clock. */
	| { readonly kind: 'unconfirmed' }
	| { readonly kind: 'confirmed' };

/** Between two looks a wall clock that is only slewed moves less than this. */
const jump: Milliseconds = seconds(1);
/** A wall clock this near to the service's is taken as it is: it may be the better of the two. */
const clockAgreement: Milliseconds = seconds(30);

/** The clock at the start of a program; `before` is what an earlier run since the same switching on knew. */
export const openStationClock = (floor: Instant, look: ClockLook, before: StationClock | null = null): StationClock => {
	const latest = before?.stretches.at(-1);
	// Nobody looked between the runs: only a wall clock that stands as it stood is taken to have run on.
	const ranOn = before !== null && latest !== undefined && Math.abs(moved(latest, look)) <= jump;
	return {
		floor: Math.max(floor, before?.floor ?? floor),
		stretches: ranOn ? before.stretches : [...(before?.stretches ?? []), { ...look, correction: null }],
		known: before?.known ?? null,
		last: look,
	};
};

/** By how much the wall clock went further than the clock that nobody sets. */
const moved = (from: ClockLook, to: ClockLook): Milliseconds => to.wall - from.wall - (to.tick - from.tick);

interface Looked {
	readonly clock: StationClock;
	readonly finding: ClockFinding | null;
}

const present = ({ stretches }: StationClock): ClockStretch => {
	const stretch = stretches.at(-1);
	if (stretch === undefined) throw new RangeError('a clock has a stretch');
	return stretch;
};

const replacePresent = (clock: StationClock, change: Partial<ClockStretch>): readonly ClockStretch[] => [
	...clock.stretches.slice(0, -1),
	{ ...present(clock), ...change },
];

/** True when the wall clock can be right as far as the station knows. */
export const isPlausible = ({ floor, last }: StationClock): boolean => last.wall >= floor;

/** Takes a look, and says when the wall clock has jumped since the last. */
export const lookAtClock = (clock: StationClock, look: ClockLook): Looked => {
	const by = moved(clock.last, look);
	if (Math.abs(by) <= jump) {
		// A time service that sets the clock right by slewing says so later than the first look.
		const stretches =
			look.keeper === present(clock).keeper ? clock.stretches : replacePresent(clock, { keeper: look.keeper });
		return { clock: { ...clock, stretches, last: look }, finding: null };
	}
	return {
		clock: { ...clock, stretches: [...clock.stretches, { ...look, correction: null }], last: look },
		finding: { kind: 'jumped', by },
	};
};

/**
 * The service said `time`, and the answer took `roundTrip`. CR 2.11: TLS hides nothing of when a packet comes, so anyone who
 * delays it could shift the clock by that much: what took longer than the agreement says nothing.
 */
export const takeServiceTime = (clock: StationClock, time: Instant, roundTrip: Milliseconds): Looked => {
	if (roundTrip > clockAgreement) return { clock, finding: null };
	const { tick, wall } = clock.last;
	const off = time - wall;
	const correction = Math.abs(off) <= clockAgreement ? 0 : off;
	const before = present(clock).correction;
	const said = before !== null && Math.abs(before - correction) <= jump;
	return {
		clock: { ...clock, stretches: replacePresent(clock, { correction }), known: { tick, time: wall + correction } },
		// Said once, however often the link is cut.
		finding: said ? null : correction === 0 ? { kind: 'confirmed' } : { kind: 'off', correction },
	};
};

/**
 * The service was reached and did not say its time, as services before this version: the wall clock stands where it can be
 * right, and it is said when nothing is known to keep it.
 */
export const takeNoServiceTime = (clock: StationClock): Looked => {
	const { floor, last } = clock;
	if (clock.known !== null) return { clock, finding: null };
	if (last.wall < floor) return { clock, finding: { kind: 'before-floor', wall: last.wall, floor } };
	return {
		clock: {
			...clock,
			stretches: replacePresent(clock, { correction: 0 }),
			known: { tick: last.tick, time: last.wall },
		},
		finding: { kind: last.keeper === null ? 'unconfirmed' : 'confirmed' },
	};
};

/** A moment by a machine's two clocks, and the stretch in which it was. */
export interface ClockedMoment {
	readonly tick: Milliseconds;
	readonly wall: Instant;
	readonly stretch: number;
}

/** The true time of a moment since the machine was switched on; null while that is not known. */
export const dateMoment = ({ stretches, known }: StationClock, moment: ClockedMoment): Instant | null => {
	const correction = stretches[moment.stretch]?.correction ?? null;
	if (correction !== null) return moment.wall + correction;
	return known === null ? null : known.time + (moment.tick - known.tick);
};

/** The true time now as well as it is known; the wall clock where it is not. */
export const timeNow = (clock: StationClock): Instant =>
	dateMoment(clock, { ...clock.last, stretch: clock.stretches.length - 1 }) ?? clock.last.wall;

/**
 * Whether the service contradicts a clock that a time service keeps. One of them is wrong, and which one nobody here can tell: the service may date what it
 * cannot read, and anyone who answers for the time service may as well.
 */
export const isDisputed = (clock: StationClock): boolean => {
	const { keeper, correction } = present(clock);
	return keeper === 'time-service' && correction !== null && correction !== 0;
};

/** Whether the hardware clock that the machine began with has turned out right; false where it began without, or nobody has said. */
const hardwareClockWasRight = ({ stretches: [first], known }: StationClock): boolean => {
	if (first === undefined || first.keeper !== 'hardware-clock') return false;
	const off = first.correction ?? (known === null ? null : known.time + (first.tick - known.tick) - first.wall);
	return off !== null && Math.abs(off) <= clockAgreement;
};

/**
 * The clock of a machine as it stands after it was switched off, when nobody had said the true time until then. `ended` is its
 * last tick, `next` the true time at which it was switched on again, `after` the clock as it was from then on.
 *
 * A wall clock stands that a time service had set, or a hardware clock, which ran on while the machine was off and was found right
 * after that; both where they fit between what is known before and after. A hardware clock that nobody has compared may be hours
 * off, and look right. Without a keeper a clock may be one that was saved at the last shutdown and is days behind.
 */
export const endStationClock = (
	clock: StationClock,
	ended: Milliseconds,
	next: Instant,
	after: StationClock,
): StationClock => {
	if (clock.known !== null) return clock;
	const believed = (keeper: ClockKeeper | null): boolean =>
		keeper === 'time-service' || (keeper === 'hardware-clock' && hardwareClockWasRight(after));
	const fits = ({ tick, wall }: ClockLook): boolean =>
		wall >= clock.floor && wall + (ended - tick) <= next + clockAgreement;
	const kept = clock.stretches.findLastIndex((stretch) => believed(stretch.keeper) && fits(stretch));
	const stretch = clock.stretches[kept];
	if (stretch === undefined) return clock;
	return {
		...clock,
		stretches: clock.stretches.with(kept, { ...stretch, correction: 0 }),
		known: { tick: stretch.tick, time: stretch.wall },
	};
};

/**
 * A moment of a time that ended without its true time: as late as it can have been, so that it is after all that is known
 * before, and two moments are as far apart as they were. Anyone who reads it must know that it is doubtful.
 */
export const latestPossible = ({ tick }: ClockedMoment, ended: Milliseconds, next: Instant): Instant =>
	Math.round(next - (ended - tick));
