import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { Problem, seconds } from '@keyward/core';

export interface SerialSettings {
	/** A device file, better one of `/dev/serial/by-id`: `ttyUSB0` may be another instrument after the next boot. */
	readonly path: string;
	/** One of the rates that the system knows. */
	readonly baud: number;
	/** Data bits, parity (none, even, odd) and stop bits, such as `8N1`. */
	readonly framing: string;
}

const rates: ReadonlySet<number> = new Set([
	50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800,
	500_000, 576_000, 921_600, 1_000_000, 1_152_000, 1_500_000, 2_000_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
]);

const PARITY: Readonly<Record<string, readonly string[]>> = {
	N: ['-parenb'],
	// With inpck a byte of wrong parity is read as NUL: its line is then seen to be no reading.
	E: ['parenb', '-parodd', 'inpck'],
	O: ['parenb', 'parodd', 'inpck'],
};

/** What `stty` is told: bytes as they come, no echo, no modem lines. Throws `Problem('source-malformed')`. */
export const sttyArguments = ({ baud, framing }: SerialSettings): string[] => {
	if (!rates.has(baud)) {
		throw new Problem('source-malformed', `${baud} is no baud rate; instruments use 9600, 19200, 115200 and the like`);
	}
	const [, bits, parity, stop] = /^([5-8])([NEO])([12])$/.exec(framing) ?? [];
	const checked = PARITY[parity ?? ''];
	if (checked === undefined) {
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(framing)} is no framing: write data bits, N E or O, stop bits, such as 8N1`,
		);
	}
	const stopBits = stop === '2' ? 'cstopb' : '-cstopb';
	return ['raw', '-echo', String(baud), `cs${bits}`, ...checked, stopBits, 'clocal', 'cread', '-crtscts'];
};

/**
 * Opens a serial port for reading, or for writing as well, set as asked. The stream ends or fails when the port goes away. Throws
 * `Problem('source-unavailable')` when there is no such port, it may not be read, or it does not take the settings.
 */
export const openSerialPort = async (
	settings: SerialSettings,
	signal: AbortSignal,
	ways: 'read' | 'both' = 'read',
): Promise<Duplex> => {
	const words = sttyArguments(settings);
	const descriptor = openDevice(settings.path, ways === 'both' ? constants.O_RDWR : constants.O_RDONLY);
	try {
		await setPort(descriptor, words, signal);
		return new ReadStream(descriptor);
	} catch (error) {
		closeSync(descriptor);
		throw error;
	}
};

const openDevice = (path: string, access: number): number => {
	let descriptor: number;
	try {
		// Without waiting for a carrier, and without becoming this process's terminal.
		descriptor = openSync(path, access | constants.O_NOCTTY | constants.O_NONBLOCK);
	} catch (cause) {
		const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
		const say = reasons[code] ?? `it cannot be opened (${code})`;
		throw new Problem('source-unavailable', `${path}: ${say}`, { cause });
	}
	if (isatty(descriptor)) return descriptor;
	closeSync(descriptor);
	throw new Problem('source-unavailable', `${path}: this is no serial port`);
};

const reasons: Readonly<Record<string, string>> = {
	ENOENT: 'there is no such port; is it plugged in?',
	EACCES: 'no permission; on Debian add the user to the group dialout',
	EBUSY: 'another program has it',
	ENXIO: 'nothing is plugged in',
	ENODEV: 'nothing is plugged in',
	EIO: 'nothing is plugged in',
};

/** `stty` on the open port itself: settings may be lost when the last who has it open closes it. */
const setPort = async (descriptor: number, words: readonly string[], signal: AbortSignal): Promise<void> => {
	const child = spawn('stty', words, { stdio: [descriptor, 'ignore', 'pipe'], timeout: seconds(5), signal });
	let said = '';
	child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
	let status: number | null;
	try {
		[status] = (await once(child, 'close')) as [number | null];
	} catch (cause) {
		if (signal.aborted) throw cause;
		throw new Problem('source-unavailable', 'stty cannot be started; it is part of coreutils', { cause });
	}
	if (status !== 0) {
		throw new Problem('source-unavailable', `the port does not take its settings: ${said.trim().split('\n')[0] ?? ''}`);
	}
};
