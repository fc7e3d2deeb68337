import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, hours, type Instant, minutes, type Problem } from '@keyward/core';
import type { ClockKeeper } from '@keyward/core/observe';
import { Outbox } from '../outbox/outbox.ts';
import { type ClockEvent, Dating } from './dating.ts';
import { type MachineClock, stationClockOf } from './machine-clock.ts';

/** The machine is switched on at this true time. */
const on = Date.UTC(2026, 11, 1, 12);

/** A machine whose clocks go on when they are told to. */
class Machine implements MachineClock {
	boot = 'first';
	/** True time, by which the tests know what is right. */
	truth = on;
	#on = on;
	#wall: Instant;
	constructor(wall: Instant) {
		this.#wall = wall - on;
	}
	tick(): number {
		return this.truth - this.#on;
	}
	wall(): Instant {
		return this.truth + this.#wall;
	}
	set(wall: Instant): void {
		this.#wall = wall - this.truth;
	}
	powerCut(off: number, boot: string, wall: Instant): void {
		this.truth += off;
		this.#on = this.truth;
		this.boot = boot;
		this.set(wall);
	}
}

const folderOf = (): string => {
	const folder = temporaryFolder('keyward-dating-');
	return folder;
};

/** A run of the agent; its readings' values are the true times at which they were taken. */
const run = (folder: string, machine: Machine, keeper: ClockKeeper | null = null) => {
	const outbox = new Outbox(folder);
	const events: ClockEvent[] = [];
	const complaints: Problem[] = [];
	const dating = new Dating({
		outbox,
		machine,
		certified: on - days(5),
		findKeeper: async () => keeper,
		report: (event) => events.push(event),
		complain: (problem) => complaints.push(problem),
	});
	dating.start();
	const clock = stationClockOf(machine);
	return {
		outbox,
		events,
		complaints,
		dating,
		measure: (count: number) => {
			for (let i = 0; i < count; i++) {
				dating.put({ stream: 'air', time: clock.now(), value: machine.truth }, true);
				machine.truth += 1000;
			}
		},
		reach: () => dating.reached(machine.truth, 20),
		kinds: () => events.map(({ finding }) => finding),
		/** How many wait with the true time, with a wrong one that is marked, and with a wrong one that is not. */
		waiting: () => {
			const readings = outbox.next(10_000);
			const times = new Set(readings.map(({ time }) => time));
			assert.equal(times.size, readings.length, 'two moments are one');
			const right = readings.filter(({ time, value }) => time === value).length;
			const marked = readings.filter(({ doubted }) => doubted === true).length;
			return { right, marked, wrong: readings.length - right - marked };
		},
		[Symbol.dispose]: () => {
			dating.stop();
			outbox.close();
		},
	};
};

for (const [name, wall] of [
	['1970', 0],
	['2000', Date.UTC(2000, 0, 1)],
	['three days behind', on - days(3)],
	['two hours ahead', on + hours(2)],
] as const) {
	test(`a clock at ${name}: nothing waits for delivery until the true time is known, then all does`, () => {
		const machine = new Machine(wall);
		using one = run(folderOf(), machine);
		one.measure(10);
		assert.deepEqual(one.waiting(), { right: 0, marked: 0, wrong: 0 });
		assert.equal(one.outbox.waiting, 10);
		one.reach();
		one.measure(10);
		// The clock is set right, and nobody is there to ask.
		machine.set(machine.truth);
		one.measure(10);
		assert.deepEqual(one.waiting(), { right: 30, marked: 0, wrong: 0 });
		assert.equal(one.outbox.waiting, 30);
		const before = wall < on - days(5) ? ['before-floor'] : [];
		assert.deepEqual(one.kinds(), [...before, 'off', 'dated', 'jumped']);
	});
}

test('a clock that is right: nothing is said, and times are its own', () => {
	const machine = new Machine(on);
	using one = run(folderOf(), machine, 'time-service');
	one.measure(5);
	one.reach();
	one.measure(5);
	assert.deepEqual(one.waiting(), { right: 10, marked: 0, wrong: 0 });
	assert.deepEqual(one.kinds(), ['dated']);
});

test('a power cut before the true time was known: readings of then are marked, at most as late as they can have been', () => {
	const folder = folderOf();
	const machine = new Machine(Date.UTC(2000, 0, 1));
	{
		using first = run(folder, machine);
		first.measure(10);
	}
	machine.powerCut(minutes(7), 'second', Date.UTC(2000, 0, 1));
	{
		using second = run(folder, machine);
		second.measure(10);
	}
	machine.powerCut(minutes(7), 'third', Date.UTC(2000, 0, 1));
	using third = run(folder, machine);
	third.measure(10);
	assert.equal(third.outbox.waiting, 30);
	third.reach();
	assert.deepEqual(third.waiting(), { right: 10, marked: 20, wrong: 0 });
	for (const { time, value, doubted } of third.outbox.next(100)) {
		if (doubted === true) assert.ok(time >= Number(value) && time - Number(value) <= minutes(15));
	}
	assert.match(third.events.at(-1)?.detail ?? '', /30 readings are dated, 20 of them by guess/);
});

test('a power cut after it: a saved clock that is days behind deceives nobody', () => {
	const folder = folderOf();
	const machine = new Machine(on);
	{
		using first = run(folder, machine);
		first.reach();
		first.measure(10);
	}
	// Three days later the machine begins with the clock that it saved: after all that is known, and wrong.
	machine.powerCut(days(3), 'second', machine.truth + 1000);
	{
		using second = run(folder, machine);
		second.measure(10);
	}
	machine.powerCut(minutes(1), 'third', machine.truth);
	using third = run(folder, machine, null);
	third.measure(10);
	third.reach();
	assert.deepEqual(third.waiting(), { right: 20, marked: 10, wrong: 0 });
});

for (const off of [0, minutes(-5), days(-3), hours(2)]) {
	test(`a power cut before the site was reached, and a hardware clock ${off / 60_000} min off: it dates what was before where it turns out right`, async () => {
		const folder = folderOf();
		const machine = new Machine(on + off);
		for (const boot of ['second', 'third']) {
			using one = run(folder, machine, 'hardware-clock');
			// What keeps the clock is asked of the system.
			await nextTurn();
			one.measure(10);
			one.dating.look();
			// Longer than the clock is ahead: its times would fit.
			machine.powerCut(hours(5), boot, machine.truth + hours(5) + off);
		}
		using last = run(folder, machine, 'hardware-clock');
		await nextTurn();
		last.measure(1);
		last.reach();
		const right = off === 0 ? 21 : 1;
		assert.deepEqual(last.waiting(), { right, marked: 21 - right, wrong: 0 });
	});
}

test('a program that starts again, and one that is reached in a later run', () => {
	const folder = folderOf();
	const machine = new Machine(0);
	for (let i = 0; i < 3; i++) {
		using one = run(folder, machine);
		one.measure(5);
		if (i === 1) one.reach();
	}
	using last = run(folder, machine);
	assert.deepEqual(last.waiting(), { right: 15, marked: 0, wrong: 0 });
});

test('what is known of times before does not stay wrong: a clock far ahead is put back by the service', () => {
	const folder = folderOf();
	const machine = new Machine(on + days(400));
	{
		using one = run(folder, machine);
		one.dating.reached(null, 0);
		one.measure(1);
	}
	machine.powerCut(1000, 'second', machine.truth + 1000);
	using two = run(folder, machine);
	two.measure(1);
	assert.deepEqual(two.kinds(), ['before-floor']);
	two.reach();
	assert.equal(two.outbox.undated.lastKnown, machine.truth);
	assert.equal(two.outbox.next(10).at(-1)?.time, machine.truth - 1000);
});

test('a live sample that somebody dated by this clock is dated as the clock is; one of another clock is not', () => {
	const machine = new Machine(on + hours(2));
	using one = run(folderOf(), machine);
	const gps = on - 5000;
	const put = (time: Instant, value: number, live = true) => one.dating.put({ stream: 'air', time, value }, live);
	put(machine.wall() - 100, 1);
	put(gps, 2);
	put(machine.wall() - 50, 3, false);
	assert.equal(one.outbox.waiting, 3);
	assert.deepEqual(
		one.outbox.next(10).map(({ value }) => value),
		[2, 3],
	);
	put(machine.wall() - 100, 1);
	one.reach();
	// The same line twice is one moment.
	assert.deepEqual(
		one.outbox.next(10).map(({ time, value }) => [time, value]),
		[
			[gps, 2],
			[on + hours(2) - 50, 3],
			[on - 100, 1],
		],
	);
	assert.equal(one.outbox.waiting, 3);
	assert.equal(put(machine.wall() - 100, 1), false);
	assert.throws(() => put(machine.wall() - 100, 9), { code: 'reading-conflict' });
});

test('readings at one tick are kept apart', () => {
	const machine = new Machine(on);
	using one = run(folderOf(), machine);
	const tick = stationClockOf(machine).now();
	one.dating.put({ stream: 'air', time: tick, value: 1 }, true);
	one.dating.put({ stream: 'air', time: tick, value: 2 }, true);
	one.reach();
	one.dating.put({ stream: 'air', time: tick, value: 3 }, true);
	assert.deepEqual(
		one.outbox.next(10).map(({ time, value }) => [time - on, value]),
		[
			[0, 1],
			[1, 2],
			[2, 3],
		],
	);
});

test('a service that contradicts a clock that a time service keeps is not simply believed: the time is in dispute', async () => {
	for (const [keeper, off, disputed] of [
		['time-service', hours(2), true],
		['time-service', 1000, false],
		['hardware-clock', hours(2), false],
		[null, hours(2), false],
	] as const) {
		const machine = new Machine(on);
		const { dating, outbox } = run(folderOf(), machine, keeper);
		await nextTurn();
		assert.equal(dating.disputed, false);
		dating.reached(machine.truth - off, 20);
		assert.equal(dating.disputed, disputed, `${keeper ?? 'nobody'}, ${off} ms`);
		dating.reached(machine.truth, 20);
		assert.equal(dating.disputed, false);
		dating.stop();
		outbox.close();
	}
});
