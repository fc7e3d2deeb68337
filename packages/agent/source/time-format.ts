import { type Instant, Problem } from '@keyward/core';
import { placed } from './time.ts';
import type { Zone } from './zone.ts';

/** Reads a time as a list writes it. Throws `Problem('source-malformed')`. */
export type TimeFormat = (text: string, zone: Zone | null) => Instant;

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'half';

/** Longer ones first: `YYYY` is no `YY` twice. */
const TOKENS: readonly (readonly [string, Part, string])[] = [
	['YYYY', 'year', String.raw`\d{4}`],
	['YY', 'year', String.raw`\d\d`],
	['MM', 'month', String.raw`\d\d?`],
	['DD', 'day', String.raw`\d\d?`],
	['HH', 'hour', String.raw`\d\d?`],
	['hh', 'hour', String.raw`\d\d?`],
	['mm', 'minute', String.raw`\d\d`],
	['ss', 'second', String.raw`\d\d(?:[.,]\d{1,9})?`],
	['AM', 'half', String.raw`[AaPp]\.?[Mm]\.?`],
];

/**
 * Reads how a list writes its times, such as `DD.MM.YYYY HH:mm:ss` or `MM/DD/YYYY hh:mm AM`; `YY` is in this century, `HH` counts to 23, and
 * `hh` to 12 with `AM`. Nothing is guessed: 3/4/2026 is two days. Throws `Problem('source-malformed')`.
 */
export const parseTimeFormat = (written: string): TimeFormat => {
	const parts: Part[] = [];
	let pattern = '';
	for (let at = 0; at < written.length;) {
		const token = TOKENS.find(([letters]) => written.startsWith(letters, at));
		if (token === undefined) {
			pattern += (written[at] ?? '').replace(/[^\w ]/, String.raw`\$&`).replace(' ', String.raw`\s+`);
			at++;
		} else {
			const [letters, part, digits] = token;
			if (parts.includes(part)) throw wrongFormat(written, `the ${part} stands in it twice`);
			parts.push(part);
			pattern += `(${digits})`;
			at += letters.length;
		}
	}
	const lacking = (['year', 'month', 'day'] as const).find((part) => !parts.includes(part));
	if (lacking !== undefined) throw wrongFormat(written, `there is no ${lacking}`);
	if (written.includes('hh') !== parts.includes('half')) throw wrongFormat(written, 'hh and AM go together');
	const expression = new RegExp(`^${pattern}$`);
	return (text, zone) => {
		const found = expression.exec(text.trim());
		if (found === null) throw malformed(text, written);
		const say = new Map(parts.map((part, index) => [part, found[index + 1] ?? '']));
		return placed(localTime(say, text, written), zone, text);
	};
};

const wrongFormat = (written: string, why: string): Problem =>
	new Problem(
		'source-malformed',
		`${JSON.stringify(written)} is no form of a time: ${why}; write one such as "DD.MM.YYYY HH:mm:ss" or "MM/DD/YYYY hh:mm AM"`,
	);

const malformed = (text: string, written: string): Problem =>
	new Problem('source-malformed', `${JSON.stringify(text.slice(0, 40))} is not a time in the form ${written}`);

/** The date and time as if it were UTC. */
const localTime = (say: ReadonlyMap<Part, string>, text: string, written: string): Instant => {
	const figure = (part: Part): number => Number((say.get(part) ?? '0').replace(',', '.'));
	const [month, day, minute, second] = [figure('month'), figure('day'), figure('minute'), figure('second')];
	const year = say.get('year')?.length === 2 ? 2000 + figure('year') : figure('year');
	const half = say.get('half')?.toLowerCase();
	const hour = half === undefined ? figure('hour') : (figure('hour') % 12) + (half.startsWith('p') ? 12 : 0);
	const inHalf = half === undefined || (figure('hour') >= 1 && figure('hour') <= 12);
	const time = Date.UTC(year, month - 1, day, hour, minute, 0, Math.floor(second * 1000));
	const date = new Date(time);
	// Date.UTC carries over: 31 June would become 1 July.
	if (
		!inHalf ||
		date.getUTCMonth() !== month - 1 ||
		date.getUTCDate() !== day ||
		hour > 23 ||
		minute > 59 ||
		second >= 60
	)
		throw malformed(text, written);
	return time;
};
