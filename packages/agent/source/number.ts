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
