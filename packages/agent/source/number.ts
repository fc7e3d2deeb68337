import { Problem } from '@keyward/core';

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Reads a decimal number. Throws `Problem('source-malformed')`, also when it is too large to be finite. */
export const parseNumber = (text: string): number => {
	const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
	if (!Number.isFinite(value)) {
		throw new Problem('source-malformed', `${JSON.stringify(text.slice(0, 40))} is not a number`);
	}
	return value;
};

/** The sign before the fraction. */
export type DecimalSign = '.' | ',';

/**
 * Reads a number as its list or instrument writes it. Throws `Problem('source-malformed')` for `1.234` where the comma is the decimal sign, and
 * for `21,5` where it is not said to be: a guess would make a thousandfold of one of them.
 */
export const parseFigure = (text: string, decimal: DecimalSign): number => {
	if (decimal === '.' && /^[+-]?\d+,\d+$/.test(text)) {
		throw new Problem('source-malformed', `${text} has a comma: run with --decimal comma if it is the decimal sign`);
	}
	if (decimal === '.') return parseNumber(text);
	if (text.includes('.'))
		throw new Problem('source-malformed', `${text} has a dot, where the decimal sign is the comma`);
	return parseNumber(text.replace(',', '.'));
};
