import { describeCalibration, type SourceDescription } from '@keyward/agent';
import { calibrationsOf } from './calibration.ts';
import { givenOptions } from './flags.ts';
import type { SourceOptions } from './options.ts';

/** The source in words for anyone who checks a reading later. What `--set` and an address may hold in secret is left out. */
export const describeSource = (given: SourceOptions): SourceDescription => ({
	source: given.source,
	options: Object.fromEntries(givenOptions(given).map(([name, long]) => [long.slice(2), openly(name, given[name])])),
	calibration: Object.fromEntries(
		Object.entries(calibrationsOf(given)).map(([stream, rule]) => [stream, describeCalibration(rule)]),
	),
});

const openly = (name: string, value: SourceOptions[keyof SourceOptions]): string | readonly string[] | boolean => {
	if (name === 'set' && Array.isArray(value))
		return value.map((text: string) => `${text.slice(0, text.indexOf('='))}=…`);
	// What follows an address, and names in it, are often keys.
	if (name === 'url' && typeof value === 'string' && URL.canParse(value)) {
		const { protocol, host, pathname, search } = new URL(value);
		return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
	}
	return value ?? '';
};
