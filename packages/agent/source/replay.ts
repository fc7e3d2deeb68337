import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, type Milliseconds, Problem } from '@keyward/core';
import type { Timekeeper } from '../sample/timekeeper.ts';
import type { Sample } from '../sample/source.ts';

/** How fast rows come: as recorded times `speed`, one row `every` so long, or all at once. */
export type Pace = { readonly speed: number } | { readonly every: Milliseconds } | 'unpaced';

export interface ReplayOptions {
	/** `keep`: as recorded. `now`: the first row is now, and each later row is the moment at which it comes. */
	readonly times: 'keep' | 'now';
	readonly pace: Pace;
	/** Begins again at the end; with `now` alone, because recorded times would repeat. */
	readonly repeat: boolean;
}

const longestTimer = 2 ** 31 - 1;

/** The machine's clock. */
export const wallClock: Timekeeper = {
	now: () => Date.now(),
	async until(moment, signal) {
		for (let left = moment - Date.now(); left > 0; left = moment - Date.now()) {
			await sleep(Math.min(left, longestTimer), undefined, { signal });
		}
	},
};

/**
 * Plays recorded samples again. Samples of one time and different streams are one row and come together; a row that
 * is older than the one before it comes at once. Complaints are passed on the first time round.
 */
export async function* replay(
	open: () => AsyncIterable<Sample | Problem>,
	{ times, pace, repeat }: ReplayOptions,
	timekeeper: Timekeeper,
	signal: AbortSignal,
): AsyncIterable<Sample | Problem> {
	const start = timekeeper.now();
	let offset = 0;
	let spacing: Milliseconds = 1000;
	let time = start - 1;
	for (let round = 0; round === 0 || repeat; round++) {
		let row: { readonly at: Instant; readonly streams: Set<string> } | null = null;
		for await (const item of open()) {
			if (item instanceof Problem) {
				if (round === 0) yield item;
				continue;
			}
			if (row === null || item.time !== row.at || row.streams.has(item.stream)) {
				const step: Milliseconds = row === null ? (round === 0 ? 0 : spacing) : stepOf(pace, row.at, item.time);
				if (row !== null) spacing = Math.max(step, 1);
				offset += step;
				row = { at: item.time, streams: new Set() };
				time = Math.max(time + 1, Math.round(start + offset));
				try {
					if (pace !== 'unpaced') await timekeeper.until(start + offset, signal);
				} catch (error) {
					if (signal.aborted) return;
					throw error;
				}
			}
			if (signal.aborted) return;
			row.streams.add(item.stream);
			yield times === 'now' ? { ...item, time } : item;
		}
		if (row === null) return;
	}
}

const stepOf = (pace: Pace, previous: Instant, next: Instant): Milliseconds => {
	if (pace === 'unpaced') return 0;
	return 'every' in pace ? pace.every : Math.max(0, (next - previous) / pace.speed);
};

/** Refuses options that contradict each other with `Problem('source-malformed')`. */
export const checkReplay = ({ times, pace, repeat }: ReplayOptions): void => {
	if (times === 'now' && pace === 'unpaced') {
		throw new Problem('source-malformed', 'times that are now need a pace: rows all at once would share one moment');
	}
	if (times === 'keep' && repeat) {
		throw new Problem('source-malformed', 'repeating needs times that are now: recorded times would come twice');
	}
	if (pace !== 'unpaced') {
		const figure = 'every' in pace ? pace.every : pace.speed;
		if (!(figure > 0 && Number.isFinite(figure))) throw new Problem('source-malformed', 'the pace must be above zero');
	}
};
