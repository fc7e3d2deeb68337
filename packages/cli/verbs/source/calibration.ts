import { baseOf, type Calibration, type Calibrations, foreignUnits, inOtherUnit, parseNumber } from '@keyward/agent';
import { didYouMean, isUnit } from '@keyward/core/spelling';
import { misuse, type SourceOptions, streamPairs, unitsOf } from './options.ts';

/** The rules of `--scale`, `--offset` and `--convert`, by stream. Throws `Problem('request-malformed')`. */
export const calibrationsOf = ({ scale, offset, convert, unit }: SourceOptions): Calibrations => {
	const rules: Record<string, Calibration> = {};
	const add = (stream: string, part: Calibration): void => void (rules[stream] = { ...rules[stream], ...part });
	for (const [stream, text] of streamPairs('--scale', scale)) add(stream, { scale: factorOf(text) });
	for (const [stream, text] of streamPairs('--offset', offset)) add(stream, { offset: parseNumber(text) });
	const units = unitsOf(unit);
	for (const [stream, from] of streamPairs('--convert', convert)) {
		const to = units[stream] ?? baseOf(from);
		if (!isUnit(from) && !foreignUnits.includes(from))
			throw misuse(
				`there is no rule for ${JSON.stringify(from)}${didYouMean(from, foreignUnits)} (--convert takes SenML units and ${foreignUnits.join(', ')})`,
			);
		if (!isUnit(to))
			throw misuse(`--convert ${stream}=${from} needs --unit ${stream}=UNIT, the SenML unit that is sent`);
		if (inOtherUnit(1, from, to) === null)
			throw misuse(`${from} is no other unit of what ${to} measures: correct --convert or --unit of ${stream}`);
		add(stream, { convert: { from, to } });
	}
	return rules;
};

/** The options as the source itself gets them: a unit that is converted to is not the sensor's. */
export const withoutConverted = (options: SourceOptions): SourceOptions => {
	const { convert, unit } = options;
	if (convert === undefined || unit === undefined) return options;
	const converted = streamPairs('--convert', convert);
	return { ...options, unit: unit.filter((text) => !converted.has(text.slice(0, text.indexOf('=')))) };
};

/** A number, or a quotient of two: `1e-6/334` shows where a factor comes from. */
const factorOf = (text: string): number => {
	const [over = '', under = '1', ...more] = text.split('/').map((part) => part.trim());
	const factor = parseNumber(over) / parseNumber(under);
	if (more.length > 0 || !Number.isFinite(factor) || factor === 0)
		throw misuse(`--scale takes a number or a quotient that is not 0, not ${JSON.stringify(text)}`);
	return factor;
};
