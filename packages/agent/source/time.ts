import { type Instant, Problem } from '@keyward/core';
import type { Zone } from './zone.ts';

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:\d\d)?)?$/;
const SECONDS = /^\d{9,11}(?:\.\d{1,9})?$/;

/**
 * Reads a time: RFC 3339, or seconds since 1970. A date alone is its midnight. One without an offset is of the zone that was named, never
 * of the machine's own: the same file must give the same readings everywhere. Throws `Problem('source-malformed')`.
 */
export const parseTime = (text: string, zone: Zone | null = null): Instant => {
	if (SECONDS.test(text)) return Math.round(Number(text) * 1000);
	const match = RFC_3339.exec(text);
	if (match === null) throw malformed(text);
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
		.slice(1, 7)
		.map((field) => Number(field ?? 0));
	const milliseconds = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000);
	const time = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
	const date = new Date(time);
	// Date.UTC carries over: 30 February would become 1 March, and another reading's time.
	if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
		throw malformed(text);
	}
	return match[8] === undefined ? placed(time, zone, text) : time - offset(match[8], text);
};

/** CR 2.11: taken for UTC, a local time would be stored as a moment hours away, and look right. */
export const placed = (written: Instant, zone: Zone | null, text: string): Instant => {
	if (zone === null)
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(text)} does not say its offset from UTC: name its zone with --zone, such as UTC, +02:00 or Europe/Berlin`,
		);
	const [moment, other] = zone(written);
	if (moment === undefined)
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(text)} is no time of its zone: the clock was set ahead over it`,
		);
	if (other !== undefined)
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(text)} is two moments: the clock was set back, and that hour came twice`,
		);
	return moment;
};

/** A time as programs write it into documents: as `parseTime` reads it, or as a number of seconds or milliseconds since 1970. */
export const momentOf = (said: string | number | boolean, zone: Zone | null = null): Instant => {
	if (typeof said === 'string') return parseTime(said.trim(), zone);
	if (typeof said !== 'number' || !(said >= 1e8 && said < 1e14)) throw malformed(String(said));
	return Math.round(said < 1e11 ? said * 1000 : said);
};

/** Milliseconds that a zone is ahead of UTC. */
const offset = (zone: string, text: string): number => {
	if (zone === 'Z' || zone === 'z') return 0;
	const hour = Number(zone.slice(1, 3));
	const minute = Number(zone.slice(4, 6));
	if (hour > 23 || minute > 59) throw malformed(text);
	return (zone.startsWith('-') ? -1 : 1) * (hour * 60 + minute) * 60_000;
};

const malformed = (text: string): Problem =>
	new Problem('source-malformed', `${JSON.stringify(text.slice(0, 40))} is not a time such as 2012-06-08T06:41:00Z`);
