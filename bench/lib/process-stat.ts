import { readFileSync } from 'node:fs';

/** Ticks of /proc in a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Seconds of processor time, user and kernel, that a process and all its threads have used (proc(5), fields 14 and 15). */
export const cpuSeconds = (pid: number): number => {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	// The second field, the name in brackets, may hold blanks.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / TICKS;
};

/** Resident memory of a process in bytes (proc(5), VmRSS). */
export const residentBytes = (pid: number): number => {
	const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
	if (match === null) throw new Error(`process ${pid} shows no VmRSS`);
	return Number(match[1]) * 1024;
};
