import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { backOff } from '../link/back-off.ts';
import { type LineEnding, type LineReader, readLines } from './lines.ts';
import { openSerialPort, type SerialSettings, sttyArguments } from './serial-port.ts';
import type { Source } from '../sample/source.ts';

export interface SerialOptions extends SerialSettings {
	/** What lines say: `sampleLines` or `sentenceLines`. */
	readonly lines: LineReader;
	/** How a line or frame ends; `lf` when left out. */
	readonly lineEnding?: LineEnding;
	/** The longest wait before the port is tried again; 5 s when left out. */
	readonly longestWait?: Milliseconds;
}

/**
 * Reads the lines of an instrument on a serial port, and never ends by itself: a port that is not there or goes away is
 * a `Problem('source-unavailable')`, said once for each reason, and is tried again until it is there. The line that is
 * under way when the port is opened or goes away is not read. Throws `Problem('source-malformed')` for settings that no
 * port has.
 */
export const serial = (options: SerialOptions): Source => {
	sttyArguments(options);
	return {
		live: true,
		async *read(signal) {
			let attempt = 0;
			let told: string | null = null;
			while (!signal.aborted) {
				let lost = `${options.path}: the port went away`;
				try {
					const port = await openSerialPort(options, signal);
					for await (const line of readLines(port, signal, 'cut', options.lineEnding)) {
						[attempt, told] = [0, null];
						if (line instanceof Problem && line.code === 'source-no-line') yield line;
						else yield* options.lines(line);
					}
				} catch (error) {
					if (signal.aborted) return;
					if (!(error instanceof Problem)) throw error;
					if (error.code === 'source-unavailable') lost = error.detail;
				}
				if (signal.aborted) return;
				if (lost !== told) yield new Problem('source-unavailable', lost);
				told = lost;
				const wait = backOff(attempt++, options.longestWait ?? seconds(5), Math.random());
				await sleep(wait, undefined, { signal }).catch(() => {});
			}
		},
	};
};
