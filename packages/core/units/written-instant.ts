import type { Instant } from './instant.ts';

const RFC_3339 =
	/^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:[Zz]|([+-])(\d\d):?(\d\d)))?$/;

/**
 * The moment of a date, which is its midnight in UTC, or of a date and time with its offset (RFC 3339; seconds may be left out); null for
 * all else. CR 2.11: `Date.parse` takes 30 February for 2 March and 24:00 for the next day, which is a moment that nobody wrote.
 */
export const writtenInstant = (text: string): Instant | null => {
	const match = RFC_3339.exec(text);
	if (match === null) return null;
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
		.slice(1, 7)
		.map((field) => Number(field ?? 0));
	const [, , , , , , , fraction = '0', sign = '+', ...offset] = match;
	const [hours = 0, minutes = 0] = offset.map((field) => Number(field ?? 0));
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
	if (hour > 23 || minute > 59 || second > 59 || hours > 23 || minutes > 59) return null;
	const east = (hours * 60 + minutes) * (sign === '-' ? -1 : 1);
	return date.setUTCHours(hour, minute - east, second, Math.floor(Number(`0.${fraction}`) * 1000));
};
