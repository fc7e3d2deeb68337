import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClockKeeper } from '@keyward/core/observe';

const run = promisify(execFile);

/** What keeps this machine's wall clock, as far as it can be told; null where it cannot. */
export const findClockKeeper = async (): Promise<ClockKeeper | null> => {
	try {
		// The kernel's own flag, whichever service set the clock (adjtimex: STA_UNSYNC).
		const { stdout } = await run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { timeout: 5000 });
		if (stdout.trim() === 'yes') return 'time-service';
	} catch {
		// No systemd, as in a container: not known.
	}
	return (await hardwareClockSetIt()) ? 'hardware-clock' : null;
};

const folder = '/sys/class/rtc';

/** True where the kernel took the time from a hardware clock when the machine was switched on. */
const hardwareClockSetIt = async (): Promise<boolean> => {
	const clocks = await readdir(folder).catch(() => []);
	const set = await Promise.all(clocks.map((name) => readFile(join(folder, name, 'hctosys'), 'utf8').catch(() => '')));
	return set.some((text) => text.trim() === '1');
};
