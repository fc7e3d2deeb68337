import { type Instant, Problem, writtenInstant } from '@keyward/core';
import { parseSpan } from '@keyward/core/spelling';

/** A moment for a table: `2026-11-22 15:04:05Z`, or a dash for none. */
export const printMoment = (at: Instant | null): string =>
	at === null ? '–' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;

/** Reads a span from now (`30d`, `24h`) or an ISO 8601 date or time. Throws `Problem('request-malformed')`. */
export const parseMoment = (text: string, now: Instant): Instant => {
	if (/^\d+\s?[a-z]+$/.test(text)) return now + parseSpan(text);
	const at = writtenInstant(text);
	// API: moments are milliseconds since 1970 and no less.
	if (at === null || at < 0)
		throw new Problem(
			'request-malformed',
			`${JSON.stringify(text)} is no moment since 1970: write a span such as 30d, or 2027-01-31, or 2027-01-31T12:00:00Z.`,
		);
	return at;
};

/** As {@link parseMoment}, a span being ago. */
export const parsePast = (text: string, now: Instant): Instant =>
	/^\d+\s?[a-z]+$/.test(text) ? now - parseSpan(text) : parseMoment(text, now);
