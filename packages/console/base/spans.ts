import type { RowState, StreamRow } from './rows.ts';

/** A stretch of time of which one thing is true. */
export interface Span {
	readonly from: number;
	readonly to: number;
	readonly count: number;
}

export const isReading = ({ state }: Pick<StreamRow, 'state'>): boolean => state !== 'epoch' && state !== 'checkpoint';

/** The usual time between two readings: their median; null for fewer than three. */
export const usualPause = (readings: readonly StreamRow[]): number | null => {
	const pauses = readings.slice(1).map(({ time }, index) => time - (readings[index]?.time ?? time));
	const sorted = pauses.filter((pause) => pause > 0).toSorted((a, b) => a - b);
	return sorted.length < 2 ? null : (sorted[sorted.length >> 1] ?? null);
};

/** As `missedBetween` of core, from which it is kept apart by 40 KB of what that stands beside; a test compares them. */
export const missedBetween = (from: number, to: number, every: number): number =>
	Math.max(0, Math.round((to - from) / every) - 1);

/**
 * Where readings that should have come did not, by the rule by which the service counts them; `every` is the policy's, or the usual
 * pause where it names none. Rows in order of time.
 */
export const gapsOf = (readings: readonly StreamRow[], every: number | null): Span[] =>
	every === null
		? []
		: readings.slice(1).flatMap(({ time }, index) => {
				const before = readings[index]?.time ?? time;
				const count = missedBetween(before, time, every);
				return count > 0 ? [{ from: before, to: time, count }] : [];
			});

/** Neighbours of which `is` is true, as spans; a gap ends one. */
export const spansOf = (
	readings: readonly StreamRow[],
	every: number | null,
	is: (row: StreamRow) => boolean,
): Span[] => {
	const spans: { from: number; to: number; count: number }[] = [];
	let last: number | null = null;
	for (const row of readings) {
		const span = spans.at(-1);
		if (!is(row)) last = null;
		else if (span === undefined || last === null || (every !== null && missedBetween(last, row.time, every) > 0)) {
			spans.push({ from: row.time, to: row.time, count: 1 });
			last = row.time;
		} else {
			[span.to, last] = [row.time, row.time];
			span.count++;
		}
	}
	return spans;
};

export const stateIs =
	(...states: readonly RowState[]) =>
	({ state }: StreamRow): boolean =>
		states.includes(state);

export const isTainted = ({ doubt }: StreamRow): boolean => doubt.includes('tainted');

/** How many readings came in each of `bins` equal parts of a span of time; each part by its begin. */
export const countsOf = (
	readings: readonly StreamRow[],
	from: number,
	to: number,
	bins: number,
): readonly (readonly [at: number, count: number])[] => {
	const width = Math.max(1, (to - from) / bins);
	const counts = Array.from({ length: bins }, (): number => 0);
	for (const { time } of readings) {
		const bin = Math.min(bins - 1, Math.floor((time - from) / width));
		if (bin >= 0) counts[bin] = (counts[bin] ?? 0) + 1;
	}
	return counts.map((count, index) => [from + index * width, count] as const);
};

/** Adds rows to those known, in order of their places, each once; the oldest are given up. */
export const merged = (known: readonly StreamRow[], more: readonly StreamRow[], most: number): readonly StreamRow[] => {
	if (more.length === 0) return known;
	const [last, first] = [known.at(-1)?.position ?? 0, more[0]?.position ?? 0];
	if (known.length === 0 || first > last) return [...known, ...more].slice(-most);
	const places = new Map([...known, ...more].map((row) => [row.position, row] as const));
	return [...places.values()].toSorted((a, b) => a.position - b.position).slice(-most);
};
