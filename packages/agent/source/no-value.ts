import { Problem } from '@keyward/core';
import type { Source } from '../sample/source.ts';

/**
 * A source whose sensors say "no value" by a figure or a word, such as -127 of a 1-Wire thermometer that is not there:
 * what a stream gives of these is a `Problem('source-no-value')` in its place.
 */
export const withoutCodes = (source: Source, codes: ReadonlyMap<string, readonly (number | string)[]>): Source => ({
	live: source.live,
	async *read(signal) {
		for await (const item of source.read(signal)) {
			// Integrity (input-refused): the code would be stored as a temperature, within its range even.
			if (!(item instanceof Problem) && codes.get(item.stream)?.some((code) => code === item.value) === true) {
				yield new Problem('source-no-value', `${item.stream}: ${JSON.stringify(item.value)} stands for no value`);
			} else {
				yield item;
			}
		}
	},
});
