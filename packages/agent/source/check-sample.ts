import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import type { Sample } from '../sample/source.ts';

/** Longer text is no measurement; readings have a limit too. */
const longestText = 1024;

/**
 * Holds what a source gives to what `Sample` promises, no matter who wrote the source. Throws `Problem('source-malformed')`.
 */
export const checkSample = ({ stream, time, value, unit }: Sample): void => {
	const wrong = (what: string): Problem => new Problem('source-malformed', `the source gave a sample ${what}`);
	if (typeof stream !== 'string' || !isName(stream)) throw wrong('without the name of a stream');
	// Integrity (input-refused): NaN would become another value on its way, and a fraction of a millisecond another time.
	if (!Number.isSafeInteger(time)) throw wrong(`of ${stream} without a time in whole milliseconds`);
	if (typeof value !== 'boolean' && typeof value !== 'string' && !Number.isFinite(value)) {
		throw wrong(`of ${stream} whose value is no finite number, text or boolean`);
	}
	if (typeof value === 'string' && value.length > longestText) {
		throw wrong(`of ${stream} longer than ${longestText} characters`);
	}
	if (unit !== undefined && typeof unit !== 'string') throw wrong(`of ${stream} whose unit is no text`);
};
