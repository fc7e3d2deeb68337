import type { BatchOutcome } from '@keyward/agent';
import { inLine } from '@keyward/core/export';
import { progressLine } from '../progress-line.ts';
import { print, tell } from '../../terminal/output.ts';
import { printMoment } from '../moment.ts';

/** What a person, or a program, sees of a batch at work. */
export interface BatchProgress {
	start(total: number): void;
	begun(device: string): void;
	/** `before`: an earlier run had done it. */
	ended(outcome: BatchOutcome, before: boolean): void;
	note(sentence: string): void;
	stop(): void;
	/** In the end: how every device stands. */
	summarise(states: readonly BatchOutcome['state'][], resultFile: string): void;
}

const REFRESH_MS = 250;

/** On a terminal one line kept up to date and a line for each that failed; else a line for each device. `json`: objects, one a line. */
export const batchProgress = (json: boolean): BatchProgress => {
	const line = progressLine();
	const isTerminal = process.stderr.isTTY && process.stdout.isTTY;
	const counts = { total: 0, before: 0, done: 0, failed: 0, running: 0 };
	let began = 0;
	let ticking: NodeJS.Timeout | undefined;
	const refresh = (): void => line.show(inOneLine(counts, performance.now() - began));
	const say = (text: string): void => {
		line.clear();
		print(`${inLine(text)}\n`);
	};
	return {
		start: (total) => {
			counts.total = total;
			began = performance.now();
			ticking = setInterval(refresh, REFRESH_MS);
		},
		begun: () => {
			counts.running++;
			refresh();
		},
		ended: (outcome, before) => {
			if (before) counts.before++;
			else {
				counts.running--;
				counts[outcome.state === 'done' ? 'done' : 'failed']++;
			}
			if (json) say(JSON.stringify({ ...outcome, before }));
			else if (outcome.state === 'failed' || !(before || isTerminal)) say(inWords(outcome));
			refresh();
		},
		note: (sentence) => {
			line.clear();
			tell(`${sentence}\n`);
		},
		stop: () => {
			clearInterval(ticking);
			line.clear();
		},
		summarise: (states, resultFile) => {
			const count = (state: BatchOutcome['state']): number => states.filter((one) => one === state).length;
			const [done, failed, waiting] = [count('done'), count('failed'), count('waiting')];
			if (json)
				return say(JSON.stringify({ total: states.length, done, before: counts.before, failed, waiting, resultFile }));
			const earlier = counts.before === 0 ? '' : ` (${counts.before} of them before)`;
			say(
				`${done} of ${states.length} commissioned${earlier}, ${failed} failed, ${waiting} not tried. Result: ${resultFile}`,
			);
			if (failed + waiting > 0) say('The same command again goes on with the rest.');
		},
	};
};

const inWords = ({ device, state, custody, proof, emulated, until, code, detail }: BatchOutcome): string =>
	state === 'done'
		? `done      ${device}: ${custody}, ${proof}${emulated === null ? '' : ' (EMULATED)'}; certificate until ${until === null ? '–' : printMoment(Date.parse(until))}`
		: `FAILED    ${device}: ${detail} [${code}]`;

interface Counts {
	readonly total: number;
	readonly before: number;
	readonly done: number;
	readonly failed: number;
	readonly running: number;
}

/** `12 of 50 done, 1 failed, 4 running, 3.2 a second, 12 s left`. */
const inOneLine = ({ total, before, done, failed, running }: Counts, elapsed: number): string => {
	const rate = ((done + failed) * 1000) / elapsed;
	const left = total - before - done - failed;
	const pace = done + failed === 0 ? '' : `, ${rate.toFixed(1)} a second, ${inTime(left / rate)} left`;
	return `${before + done} of ${total} done, ${failed} failed, ${running} running${pace}`;
};

const inTime = (seconds: number): string =>
	seconds < 100
		? `${Math.ceil(seconds)} s`
		: seconds < 6000
			? `${Math.ceil(seconds / 60)} min`
			: `${Math.ceil(seconds / 3600)} h`;
