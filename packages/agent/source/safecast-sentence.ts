import { type Instant, Problem } from '@keyward/core';
import { xorOf } from './block-check.ts';
import { parseTime } from './time.ts';
import { utc } from './zone.ts';

/** The figures of a bGeigie sentence that Keyward uses. */
export interface SafecastSentence {
	/** The counter's own number, as it writes it. */
	readonly counter: string;
	/** By GPS; null without a fix, when the counter writes what its receiver guesses. */
	readonly time: Instant | null;
	/** What the counter wrote for its time, with a fix or without; null where that is no time. */
	readonly guess: Instant | null;
	/** Counts in the last minute. */
	readonly countsPerMinute: number;
	/** Counts in the last five seconds. */
	readonly countsInFiveSeconds: number;
}

const SENTENCE = /^\$((?:BMRDD|BNRDD),[\x20-\x23\x25-\x29\x2b-\x7e]*)\*([0-9A-Fa-f]{2})$/;
const FIELDS = [
	/^B[MN]RDD$/,
	/^[0-9A-Za-z]{1,8}$/, // the counter's number
	/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
	/^\d{1,8}$/, // counts in the last minute
	/^\d{1,8}$/, // counts in the last five seconds
	/^\d{1,10}$/, // counts since it was switched on
	/^[AV]$/, // A valid, V void
	/^[\d.]*$/, // latitude ddmm.mmmm
	/^[NS]?$/,
	/^[\d.]*$/, // longitude dddmm.mmmm
	/^[EW]?$/,
	/^-?[\d.]*$/, // altitude in metres
	/^[AV]$/, // whether the position is valid
	/^[\d.]*$/, // dilution of precision ($BNRDD: satellites)
	/^[\d.]*$/, // satellites ($BNRDD: dilution of precision)
] as const;

/**
 * Reads one `$BMRDD` or `$BNRDD` sentence of a Safecast bGeigie counter: 15 fields between `$` and `*`, then their XOR
 * in two hex digits, as NMEA 0183 does it. Position is checked for its shape and left unread: it is not sent. The count
 * stands without a GPS fix; its time does not.
 *
 * The checksum catches every change of a single byte, every lost or added one, and of other changes all but one in
 * 256. It cannot catch bytes that changed places, or two changes that cancel out.
 *
 * Throws `Problem('sentence-checksum')`, `Problem('sentence-void')` for the counter's own V, and
 * `Problem('sentence-malformed')` for anything else, also a sentence that was cut short.
 */
export const parseSentence = (line: string): SafecastSentence => {
	const match = SENTENCE.exec(line);
	if (match === null) {
		throw new Problem('sentence-malformed', 'not a whole $BMRDD or $BNRDD sentence with its checksum');
	}
	const [, body = '', sum = ''] = match;
	// Integrity (input-refused): figures that a bad line garbled would otherwise be believed, and signed.
	const check = xorOf(Buffer.from(body, 'latin1'));
	if (check !== Number.parseInt(sum, 16)) {
		throw new Problem('sentence-checksum', `the checksum is ${hex(check)}, the sentence says ${sum}`);
	}
	const fields = body.split(',');
	if (fields.length !== FIELDS.length) {
		throw new Problem('sentence-malformed', `${fields.length} fields instead of ${FIELDS.length}`);
	}
	const wrong = FIELDS.findIndex((pattern, index) => !pattern.test(fields[index] ?? ''));
	if (wrong >= 0) throw new Problem('sentence-malformed', `field ${wrong + 1} is not as the format has it`);
	const [, counter = '', time = '', minute = '', fiveSeconds = '', , validity, , , , , , fix] = fields;
	if (validity !== 'A') throw new Problem('sentence-void', 'the counter marks its figures as void (V)');
	return {
		counter,
		// Integrity (input-refused): before its first fix a receiver writes 2000 or 2080, or the day on which it was built.
		time: fix === 'A' ? timeOf(time) : null,
		guess: guessOf(time),
		countsPerMinute: Number(minute),
		countsInFiveSeconds: Number(fiveSeconds),
	};
};

const timeOf = (text: string): Instant => {
	try {
		return parseTime(text, utc);
	} catch (cause) {
		throw new Problem('sentence-malformed', `${text} is not a time`, { cause });
	}
};

const guessOf = (text: string): Instant | null => {
	try {
		return parseTime(text, utc);
	} catch {
		return null;
	}
};

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
