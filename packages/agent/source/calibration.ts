import { Problem } from '@keyward/core';
import { inOtherUnit } from './foreign-unit.ts';
import type { Sample, Source } from '../sample/source.ts';

/** What makes a figure of a sensor the figure that is sent: times `scale`, plus `offset`, then in another unit. */
export interface Calibration {
	readonly scale?: number;
	readonly offset?: number;
	/** The unit that the sensor measures in, and the SenML unit that is sent. */
	readonly convert?: { readonly from: string; readonly to: string };
}

export type Calibrations = Readonly<Record<string, Calibration>>;

/** The rule in words, as an auditor would check it by hand. */
export const describeCalibration = ({ scale, offset, convert }: Calibration): string =>
	[
		...(scale === undefined ? [] : [`times ${scale}`]),
		...(offset === undefined ? [] : [offset < 0 ? `minus ${-offset}` : `plus ${offset}`]),
		...(convert === undefined ? [] : [`${convert.from} to ${convert.to}`]),
	].join(', then ');

/**
 * The figure by its rule. Fifteen digits hold every figure a sensor gives, and drop what binary fractions add. Throws
 * `Problem('source-malformed')` when that is no finite number.
 */
export const calibrate = (value: number, { scale = 1, offset = 0, convert }: Calibration): number => {
	const figure = scale === 1 && offset === 0 ? value : Number((value * scale + offset).toPrecision(15));
	const converted = convert === undefined ? figure : inOtherUnit(figure, convert.from, convert.to);
	if (converted === null || !Number.isFinite(converted))
		throw new Problem('source-malformed', `${value} times ${scale} plus ${offset} is no finite number`);
	return converted;
};

/**
 * A source whose figures are calibrated by stream. A text, or a figure in another unit than the rule is for, cannot be: it becomes
 * `Problem('source-malformed')`, for the rule would make a wrong figure of it.
 */
export const calibrated = (source: Source, rules: Calibrations): Source => ({
	live: source.live,
	async *read(signal) {
		for await (const item of source.read(signal)) {
			const rule = item instanceof Problem || !Object.hasOwn(rules, item.stream) ? undefined : rules[item.stream];
			if (item instanceof Problem || rule === undefined) yield item;
			else yield byRule(item, rule);
		}
	},
});

const byRule = (sample: Sample, rule: Calibration): Sample | Problem => {
	const { stream, value, unit } = sample;
	const { convert } = rule;
	const wrong = (what: string): Problem => new Problem('source-malformed', `${stream}: ${what}`);
	if (typeof value !== 'number')
		return wrong(`${JSON.stringify(value)} is no number, and cannot be calibrated (${describeCalibration(rule)})`);
	// Integrity (input-refused): 21 °C taken for 21 °F would be stored as -6 °C.
	if (convert !== undefined && unit !== undefined && unit !== convert.from)
		return wrong(`the sensor gives ${unit}, and --convert says ${convert.from}: correct --convert, or leave it out`);
	try {
		const figure = calibrate(value, rule);
		return { ...sample, value: figure, ...(convert === undefined ? {} : { unit: convert.to }) };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return wrong(error.detail);
	}
};
