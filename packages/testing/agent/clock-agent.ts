import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MachineClock, runDevice, type Source, stationClockOf } from '@keyward/agent';
import type { RunEvent } from '@keyward/agent';

/** A machine as a file has it: the true time at which it was switched on, and by how much its wall clock is off. */
export interface MachineFile {
	readonly boot: string;
	readonly on: number;
	readonly off: number;
}

/** The agent in a separate process, on a machine whose clocks a test sets. Its readings' values are the true times. */
export interface ClockAgent {
	readonly events: readonly RunEvent[];
	/** Measurements so far. */
	measured(): number;
	/** Switches the machine off as a power cut does. */
	kill(): Promise<void>;
}

export const setMachine = (file: string, machine: MachineFile): void => writeFileSync(file, JSON.stringify(machine));

export const startClockAgent = (folder: string, file: string): ClockAgent => {
	const child: ChildProcess = spawn(process.execPath, [import.meta.filename, folder, file], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = once(child, 'exit');
	const events: RunEvent[] = [];
	let measured = 0;
	if (child.stdout === null) throw new Error('no output');
	createInterface({ input: child.stdout }).on('line', (line) => {
		if (line === 'measured') measured += 1;
		else events.push(JSON.parse(line) as RunEvent);
	});
	return {
		events,
		measured: () => measured,
		kill: async () => {
			child.kill('SIGKILL');
			await ended;
		},
	};
};

// As a program: `node clock-agent.ts FOLDER MACHINE-FILE`.
if (process.argv[1] === import.meta.filename) {
	const [, , folder = '', file = ''] = process.argv;
	let last = JSON.parse(readFileSync(file, 'utf8')) as MachineFile;
	const now = (): MachineFile => {
		try {
			last = JSON.parse(readFileSync(file, 'utf8')) as MachineFile;
		} catch {
			// It is being written.
		}
		return last;
	};
	const machine: MachineClock = {
		boot: last.boot,
		tick: () => Date.now() - now().on,
		wall: () => Date.now() + now().off,
	};
	const clock = stationClockOf(machine);
	const source: Source = {
		live: true,
		async *read(signal) {
			while (!signal.aborted) {
				yield { stream: 'moment', time: clock.now(), value: Date.now(), unit: 'ms' };
				process.stdout.write('measured\n');
				await sleep(50, undefined, { signal }).catch(() => {});
			}
		},
	};
	await runDevice({
		folder,
		source,
		clock: { now: () => machine.wall() },
		machine,
		signal: new AbortController().signal,
		report: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
		link: { inFlight: 10, longestWait: 500, yieldWait: { first: 1000, most: 1000 }, patience: 30_000 },
	});
}
