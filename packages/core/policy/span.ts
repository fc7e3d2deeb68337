import { Problem } from '../problem/problem.ts';
import { days, hours, type Milliseconds, minutes, seconds } from '../units/milliseconds.ts';

/** Largest first. A year is 365 days. */
const UNITS = [
	['y', days(365)],
	['d', days(1)],
	['h', hours(1)],
	['min', minutes(1)],
	['s', seconds(1)],
	['ms', 1],
] as const;

/** Longer than any span that a policy can mean; keeps sums within exact integers. */
const LONGEST: Milliseconds = days(365 * 100);

export const years = (n: number): Milliseconds => days(365 * n);

/** Reads `24h`, `90 d`, `250 ms`: a whole number and one of ms, s, min, h, d, y; more than none, 100 y at most. Throws `Problem('policy-bad-value')`. */
export const parseSpan = (text: string): Milliseconds => {
	const [, count, symbol] = /^(\d{1,15})\s?(ms|s|min|h|d|y)$/.exec(text) ?? [];
	const unit = UNITS.find(([name]) => name === symbol)?.[1];
	const span = Number(count) * (unit ?? Number.NaN);
	if (!(span > 0 && span <= LONGEST)) {
		// 1m would be a minute to one, a month to another.
		const meant = /^\s*(\d{1,15})\s?m$/.exec(text)?.[1];
		const instead = meant === undefined ? '' : ` ${meant}min for minutes;`;
		throw new Problem(
			'policy-bad-value',
			`${JSON.stringify(text)} is no span of time:${instead} write a whole number and a unit, ms, s, min, h, d or y, such as 24h; 100 y at most`,
		);
	}
	return span;
};

/** The span in the largest unit that leaves no remainder; `parseSpan` reads it back. */
export const printSpan = (span: Milliseconds): string => {
	const [symbol, size] = UNITS.find(([, unit]) => span >= unit && span % unit === 0) ?? (['ms', 1] as const);
	return `${span / size} ${symbol}`;
};

/** The span in its largest whole unit, rounded down: for people. */
export const roughSpan = (span: Milliseconds): string => {
	const [symbol, size] = UNITS.find(([, unit]) => span >= unit) ?? (['ms', 1] as const);
	return `${Math.floor(span / size)} ${symbol}`;
};

/** The span in its two largest units that are not empty, rounded down: for people, who see also a little over a limit such as 30 d. */
export const closeSpan = (span: Milliseconds): string => {
	const first = UNITS.find(([, unit]) => span >= unit);
	if (first === undefined) return `${span} ms`;
	const rest = span % first[1];
	return rest < 1 ? roughSpan(span) : `${roughSpan(span)} ${roughSpan(rest)}`;
};
