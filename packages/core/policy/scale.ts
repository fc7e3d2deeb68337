import { Problem } from '../problem/problem.ts';
import { didYouMean } from './nearest.ts';
import type { ParameterValue } from './parameter-value.ts';
import { parseSpan, printSpan } from './span.ts';

/** What the values of one requirement mean, and which of two asks more. */
export interface Scale {
	readonly kind: 'at-most' | 'at-least' | 'steps' | 'asked';
	/** What a policy may write, for people. */
	readonly expects: string;
	/** The names of a scale of steps, laxest first. */
	readonly steps?: readonly string[];
	/** Positive when `a` is stricter than `b`, 0 when they ask the same; NaN when one is not on the scale. */
	compare(a: ParameterValue, b: ParameterValue): number;
	/** Reads a scalar of the policy. Throws `Problem('policy-bad-value')`. */
	parse(written: unknown): ParameterValue;
	/** The value as a policy would write it; a value that is not on the scale as it is. */
	print(value: ParameterValue): string;
	/** Whether something measured is good enough for what is asked. False for a value that is not on the scale. */
	satisfies(measured: ParameterValue, asked: ParameterValue): boolean;
}

const refuse = (written: unknown, expects: string, hint = ''): never => {
	const shown = typeof written === 'string' ? JSON.stringify(written) : String(written);
	throw new Problem('policy-bad-value', `${shown} is not ${expects}${hint}`);
};

/** A scale made of a rank: the higher the stricter, NaN off the scale. */
const ranked = (
	shape: Pick<Scale, 'kind' | 'expects' | 'parse' | 'print'> & { readonly steps?: readonly string[] },
	rank: (value: ParameterValue) => number,
): Scale =>
	Object.freeze({
		...shape,
		compare: (a: ParameterValue, b: ParameterValue) => rank(a) - rank(b),
		satisfies: (measured: ParameterValue, asked: ParameterValue) => rank(measured) >= rank(asked),
	});

const number = (value: ParameterValue): number => (typeof value === 'number' ? value : Number.NaN);

/** A span of time that may not be exceeded. `zero` names the span of 0, where there is one. */
export const spanAtMost = (zero?: string): Scale =>
	ranked(
		{
			kind: 'at-most',
			expects: zero === undefined ? 'a span such as 24h' : `a span such as 24h, or ${JSON.stringify(zero)}`,
			parse: (written) => {
				if (zero !== undefined && written === zero) return 0;
				return typeof written === 'string'
					? parseSpan(written)
					: refuse(written, 'a span of time with a unit, such as 24h');
			},
			print: (value) =>
				value === 0 && zero !== undefined ? zero : typeof value === 'number' ? printSpan(value) : String(value),
		},
		(value) => -number(value),
	);

/** A count that must be reached. */
export const countAtLeast: Scale = ranked(
	{
		kind: 'at-least',
		expects: 'a whole number of 1 or more',
		parse: (written) =>
			typeof written === 'number' && Number.isSafeInteger(written) && written > 0
				? written
				: refuse(written, 'a whole number of 1 or more'),
		print: String,
	},
	number,
);

/** Named steps, laxest first. */
export const steps = (...names: readonly string[]): Scale => {
	const expects = `one of ${names.join(', ')}`;
	return ranked(
		{
			kind: 'steps',
			expects,
			steps: Object.freeze(names),
			parse: (written) => {
				const name = typeof written === 'number' ? String(written) : written;
				if (typeof name === 'string' && names.includes(name)) return name;
				return refuse(written, expects, typeof name === 'string' ? didYouMean(name, names) : '');
			},
			print: String,
		},
		(value) => (typeof value === 'string' && names.includes(value) ? names.indexOf(value) : Number.NaN),
	);
};

/** Asked or not; there is nothing between. A measured value other than `true` says in a few words what was found instead. */
export const asked: Scale = ranked(
	{
		kind: 'asked',
		expects: 'true',
		parse: (written) =>
			written === true ? true : refuse(written, 'true: this requirement is asked or not, and has no other value'),
		print: (value) => (value === true ? 'yes' : String(value)),
	},
	(value) => (value === true ? 1 : Number.NaN),
);
