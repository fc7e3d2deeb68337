import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, hours, minutes, seconds } from '../units/milliseconds.ts';
import {
	type ClockedMoment,
	type ClockKeeper,
	type ClockLook,
	dateMoment,
	endStationClock,
	isPlausible,
	latestPossible,
	lookAtClock,
	openStationClock,
	type StationClock,
	takeNoServiceTime,
	takeServiceTime,
	timeNow,
} from './station-clock.ts';

/** The true time at which the machine of these tests was switched on, and what its certificate says. */
const on = Date.UTC(2026, 10, 27, 12);
const floor = on - days(10);

/** A look at `tick` when the wall clock is `off` by so much. */
const look = (tick: number, off: number, keeper: ClockKeeper | null = null): ClockLook => ({
	tick,
	wall: on + tick + off,
	keeper,
});

const y1970 = -on;
const y2000 = Date.UTC(2000, 0, 1) - on;

const moment = (clock: StationClock, { tick, wall }: ClockLook) => ({
	tick,
	wall,
	stretch: clock.stretches.length - 1,
});

test('a clock that agrees with the service is taken as it is, from the first moment on', () => {
	let clock = openStationClock(floor, look(1000, 400));
	const early = moment(clock, look(1000, 400));
	assert.equal(dateMoment(clock, early), null);
	const taken = takeServiceTime(clock, on + 1000, 50);
	clock = taken.clock;
	assert.deepEqual(taken.finding, { kind: 'confirmed' });
	assert.equal(dateMoment(clock, early), on + 1400);
	assert.equal(timeNow(clock), on + 1400);
});

for (const [name, off] of [
	['1970', y1970],
	['2000', y2000],
	['three days behind', days(-3)],
	['two hours ahead', hours(2)],
] as const) {
	test(`a clock at ${name} is corrected by the service, for what was measured before too`, () => {
		let clock = openStationClock(floor, look(1000, off));
		const early = moment(clock, look(1500, off));
		assert.equal(isPlausible(clock), off > days(-10));
		clock = lookAtClock(clock, look(60_000, off)).clock;
		const taken = takeServiceTime(clock, on + 60_000, 100);
		assert.deepEqual(taken.finding, { kind: 'off', correction: 0 - off });
		assert.equal(dateMoment(taken.clock, early), on + 1500);
		assert.equal(timeNow(taken.clock), on + 60_000);
		assert.equal(timeNow(lookAtClock(taken.clock, look(90_000, off)).clock), on + 90_000);
	});

	test(`a clock at ${name} that is set right in the middle: before and after are dated, and no two moments are one`, () => {
		let clock = openStationClock(floor, look(1000, off));
		const moments = [moment(clock, look(2000, off)), moment(clock, look(3000, off))];
		const looked = lookAtClock(clock, look(4000, 0));
		assert.deepEqual(looked.finding, { kind: 'jumped', by: 0 - off });
		clock = looked.clock;
		moments.push(moment(clock, look(4000, 0)), moment(clock, look(5000, 0)));
		assert.deepEqual(
			moments.map((one) => dateMoment(clock, one)),
			[null, null, null, null],
		);
		clock = takeServiceTime(lookAtClock(clock, look(6000, 0)).clock, on + 6000, 10).clock;
		assert.deepEqual(
			moments.map((one) => dateMoment(clock, one)),
			[on + 2000, on + 3000, on + 4000, on + 5000],
		);
	});
}

test('a jump after the true time is known is noticed, and dated by the clock that nobody sets', () => {
	let clock = takeServiceTime(openStationClock(floor, look(0, 0)), on, 10).clock;
	for (const off of [hours(2), y1970, seconds(-3)]) {
		const looked = lookAtClock(clock, look(clock.last.tick + 1000, off));
		assert.equal(looked.finding?.kind, 'jumped');
		clock = looked.clock;
		assert.equal(timeNow(clock), on + clock.last.tick);
	}
});

test('a clock that is only slewed has not jumped', () => {
	let clock = openStationClock(floor, look(0, 0));
	for (let at = 1; at <= 1000; at++) {
		const looked = lookAtClock(clock, look(at * 1000, at * 0.5));
		assert.equal(looked.finding, null);
		clock = looked.clock;
	}
	assert.equal(clock.stretches.length, 1);
});

test('what is wrong is said once for each stretch, and again when it is another', () => {
	let clock = takeServiceTime(openStationClock(floor, look(0, hours(2))), on, 10).clock;
	const again = takeServiceTime(lookAtClock(clock, look(1000, hours(2))).clock, on + 1050, 10);
	assert.equal(again.finding, null);
	clock = lookAtClock(again.clock, look(2000, hours(3))).clock;
	assert.equal(takeServiceTime(clock, on + 2000, 10).finding?.kind, 'off');
});

test('an answer that took long says nothing: anyone who holds packets back would set the clock', () => {
	const clock = openStationClock(floor, look(0, 0));
	const held = takeServiceTime(clock, on - hours(1), hours(1));
	assert.deepEqual(held, { clock, finding: null });
});

test('a service that says no time: the clock stands if it can be right, and it is said when nothing keeps it', () => {
	const bad = takeNoServiceTime(openStationClock(floor, look(0, y2000, 'hardware-clock')));
	assert.equal(bad.finding?.kind, 'before-floor');
	assert.equal(bad.clock.known, null);
	const nobody = takeNoServiceTime(openStationClock(floor, look(0, 0)));
	assert.deepEqual([nobody.finding, timeNow(nobody.clock)], [{ kind: 'unconfirmed' }, on]);
	const kept = takeNoServiceTime(openStationClock(floor, look(0, 0, 'time-service')));
	assert.deepEqual([kept.finding, timeNow(kept.clock)], [{ kind: 'confirmed' }, on]);
});

test('a program that starts again on a machine that ran on: what is known holds by the clock that nobody sets', () => {
	const first = takeServiceTime(openStationClock(floor, look(0, y1970)), on, 10).clock;
	const second = openStationClock(floor, look(50_000, y1970), first);
	assert.equal(dateMoment(second, moment(second, look(50_000, y1970))), on + 50_000);
	assert.equal(timeNow(second), on + 50_000);
});

const hasTime = ({ one, ended }: { one: ClockedMoment; ended: StationClock }): boolean =>
	dateMoment(ended, one) !== null;

test('a power cut before the true time was known', () => {
	const next = on + minutes(10);
	/** Where the same hardware clock was found to be so much off by the site after the power cut; null where nobody has said. */
	const after = (off: number | null): StationClock => {
		const clock = openStationClock(floor, { tick: 0, wall: next + (off ?? 0), keeper: 'hardware-clock' });
		return off === null ? clock : takeServiceTime(clock, next, 10).clock;
	};
	const at = (keeper: ClockKeeper | null, off: number, then = after(0)) => {
		const clock = openStationClock(floor, look(0, off, keeper));
		const one = moment(clock, look(1000, off));
		return { one, ended: endStationClock(clock, 60_000, next, then) };
	};
	// Kept by somebody, and between what is known: it stands.
	for (const keeper of ['time-service', 'hardware-clock'] as const) {
		const { one, ended } = at(keeper, 0);
		assert.equal(dateMoment(ended, one), on + 1000, keeper);
	}
	// Kept by nobody, before the floor, or after what came next: it does not.
	for (const [keeper, off] of [
		[null, 0],
		['hardware-clock', y2000],
		['hardware-clock', hours(2)],
		[null, days(-3)],
	] as const) {
		const { one, ended } = at(keeper, off);
		assert.equal(dateMoment(ended, one), null, `${keeper} ${off}`);
		assert.equal(latestPossible(one, 60_000, next), next - 59_000);
	}
	// A hardware clock that was found wrong after that was wrong before, however well its time fits; so was perhaps one that nobody compared.
	for (const off of [minutes(-5), hours(2), days(-3)])
		assert.equal(hasTime(at('hardware-clock', minutes(-5), after(off))), false);
	assert.equal(hasTime(at('hardware-clock', 0, after(null))), false);
	assert.equal(
		hasTime(at('hardware-clock', 0, takeServiceTime(openStationClock(floor, look(0, 0)), on, 10).clock)),
		false,
	);
	assert.equal(hasTime(at('time-service', 0, after(hours(2)))), true);
	// Found wrong though it had been set right before the site was reached.
	const set = lookAtClock(after(null), { tick: 5000, wall: next + 5000 + hours(2), keeper: 'time-service' }).clock;
	const told = takeServiceTime(set, next + 5000 + hours(2), 10).clock;
	assert.equal(hasTime(at('hardware-clock', 0, told)), false);
});

test('a clock that a time service had set before the power cut dates what came before it was set', () => {
	let clock = openStationClock(floor, look(0, y2000, 'hardware-clock'));
	const early = moment(clock, look(5000, y2000));
	clock = lookAtClock(clock, look(8000, 0, 'time-service')).clock;
	const ended = endStationClock(clock, 60_000, on + minutes(10), openStationClock(floor, look(0, 0)));
	assert.equal(dateMoment(ended, early), on + 5000);
	assert.equal(dateMoment(ended, moment(clock, look(9000, 0))), on + 9000);
});
