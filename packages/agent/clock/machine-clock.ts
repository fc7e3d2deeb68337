import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant, Milliseconds } from '@keyward/core';
import type { Timekeeper } from '../sample/timekeeper.ts';
import { tickOfTime, timeOfTick } from './tick.ts';

/** The clocks of a machine. */
export interface MachineClock {
	/** Another each time that the machine is switched on. */
	readonly boot: string;
	/** Since it was switched on, suspended time included. */
	tick(): Milliseconds;
	wall(): Instant;
}

const bootId = (): string => {
	try {
		return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
	} catch {
		// Not Linux: what was measured by one run cannot be dated by another.
		return randomUUID();
	}
};

/** Milliseconds of CLOCK_BOOTTIME, in steps of 10; null where the system does not show it. */
const openUptime = (): (() => Milliseconds | null) => {
	let file: number;
	try {
		file = openSync('/proc/uptime', 'r');
	} catch {
		return () => null;
	}
	process.once('exit', () => closeSync(file));
	const bytes = Buffer.alloc(64);
	return () => {
		const read = readSync(file, bytes, 0, bytes.length, 0);
		const seconds = Number.parseFloat(bytes.toString('latin1', 0, read));
		return Number.isFinite(seconds) ? seconds * 1000 : null;
	};
};

const openMachineClock = (): MachineClock => {
	const uptime = openUptime();
	const monotonic = (): Milliseconds => Number(process.hrtime.bigint() / 1000n) / 1000;
	let offset = (uptime() ?? monotonic()) - monotonic();
	return {
		boot: bootId(),
		wall: () => Date.now(),
		tick: () => {
			const running = monotonic();
			// The fine clock stands still while the machine sleeps, the coarse one does not.
			const slept = (uptime() ?? running + offset) - (running + offset);
			if (slept > 50) offset += slept;
			return running + offset;
		},
	};
};

/** The clocks of this machine. */
export const thisMachine: MachineClock = openMachineClock();

/**
 * The clock to give to sources: its times are ticks (`timeOfTick`), and the agent dates what was measured by them when it knows the true
 * time, which a machine without a battery-backed clock learns long after it was switched on.
 */
export const stationClockOf = (machine: MachineClock): Timekeeper => ({
	now: () => timeOfTick(machine.tick()),
	async until(moment, signal) {
		const tick = tickOfTime(moment) ?? 0;
		for (let left = tick - machine.tick(); left > 0; left = tick - machine.tick()) {
			await sleep(Math.min(left, 2 ** 31 - 1), undefined, { signal });
		}
	},
});

/** That of this machine. */
export const stationClock: Timekeeper = stationClockOf(thisMachine);

/** A time of the station clock as this machine's wall clock has it, right or wrong; a date as it is. */
export const byWallClock = (time: Instant): Instant => {
	const tick = tickOfTime(time);
	return tick === null ? time : Math.round(thisMachine.wall() - (thisMachine.tick() - tick));
};
