import { type Instant, type Milliseconds, Problem } from '@keyward/core';

/**
 * Of a date and time without an offset, read as if it were UTC, the moments that it stands for: one; none in the hour that a clock
 * passes over when it is set ahead; two in the one that comes twice when it is set back.
 */
export type Zone = (written: Instant) => readonly Instant[];

export const utc: Zone = (written) => [written];

const OFFSET = /^([+-])(\d\d):?(\d\d)$/;

/** Reads `UTC`, `+02:00` or the name of a zone such as `Europe/Berlin`. Throws `Problem('source-malformed')`. */
export const parseZone = (text: string): Zone => {
	if (/^(?:utc|z)$/i.test(text)) return utc;
	const [, sign, hour, minute] = OFFSET.exec(text) ?? [];
	if (sign !== undefined && Number(hour) < 24 && Number(minute) < 60) {
		const offset = (sign === '-' ? -1 : 1) * (Number(hour) * 60 + Number(minute)) * 60_000;
		return (written) => [written - offset];
	}
	// What is abbreviated, such as CST, is several zones.
	if (!/^[A-Z]\w+\/[\w/+-]+$/i.test(text)) throw unknown(text);
	try {
		return namedZone(text);
	} catch (cause) {
		if (!(cause instanceof RangeError)) throw cause;
		throw unknown(text);
	}
};

const unknown = (text: string): Problem =>
	new Problem(
		'source-malformed',
		`${JSON.stringify(text)} is no zone: write UTC, an offset such as +02:00, or a name such as Europe/Berlin`,
	);

const day: Milliseconds = 86_400_000;

/** By the system's table of zones. Throws `RangeError` for a name that it does not have. */
const namedZone = (name: string): Zone => {
	const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
		timeZone: name,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
	});
	const offsetAt = (moment: Instant): Milliseconds => {
		const second = Math.floor(moment / 1000) * 1000;
		const parts = new Map(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]));
		const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? Number.NaN;
		const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
		return local - second;
	};
	return (written) => {
		// No zone changes its offset twice within two days.
		const offsets = new Set([offsetAt(written - day), offsetAt(written + day)]);
		return [...offsets].flatMap((offset) => (offsetAt(written - offset) === offset ? [written - offset] : []));
	};
};
