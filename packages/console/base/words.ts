import { texts } from '../texts/index.ts';
import type { Answer } from './api.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
	['day', DAY],
	['hour', HOUR],
	['minute', MINUTE],
];

const relative = new Intl.RelativeTimeFormat(texts.language, { numeric: 'always' });

/** `3 minutes ago`, `in 2 days`. */
export const ago = (at: number, now = Date.now()): string => {
	const span = at - now;
	const [unit, size] = units.find(([, one]) => Math.abs(span) >= one) ?? ['second', SECOND];
	if (unit === 'second' && Math.abs(span) < 5 * SECOND) return texts.justNow;
	return relative.format(Math.trunc(span / size), unit);
};

const moment = new Intl.DateTimeFormat(texts.dates, { dateStyle: 'medium', timeStyle: 'medium' });

export const when = (at: number): string => moment.format(at);

/** Fields of the contract and columns of the ledger that are moments in milliseconds. */
const moments: ReadonlySet<string> = new Set(
	'added asked at closed ended ends expires first from imported issued last opened seen since started time until updated'.split(
		' ',
	),
);

/** Before 2001 or after 2286 it is a count of something else. */
const isMoment = (name: string, value: unknown): value is number =>
	moments.has(name) && typeof value === 'number' && value >= 1e12 && value < 1e13;

/** A value of a record by its name: moments as dates, also those within JSON. */
export const recorded = (name: string, value: string | number | boolean): string => {
	const text = String(value);
	if (isMoment(name, Number(text))) return when(Number(text));
	if (!text.startsWith('{')) return text;
	try {
		return JSON.stringify(JSON.parse(text, (key, inner: unknown) => (isMoment(key, inner) ? when(inner) : inner)));
	} catch {
		return text;
	}
};

const numbers = new Intl.NumberFormat(texts.language);

export const figure = (value: number): string => numbers.format(value);

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Labels of an axis, as exact as its step: values of 1e-7 are told apart as well as those of 1000. */
export const axisFigures = (values: readonly number[], step: number): string[] => {
	const most = Math.max(...values.map(Math.abs));
	const power = most === 0 ? 0 : Math.floor(Math.log10(most));
	const small = power < -3 || power > 6;
	const unit = small ? 10 ** power : 1;
	// A step of 2.5 has one digit more than a step of 2.
	const exact = (digits: number): boolean =>
		Math.abs((step / unit) * 10 ** digits - Math.round((step / unit) * 10 ** digits)) < 1e-6;
	const digits = Array.from({ length: 12 }, (_, index) => index).find(exact) ?? 12;
	const write = new Intl.NumberFormat(texts.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
	return values.map((value) => (value === 0 ? '0' : `${write.format(value / unit)}${small ? `e${power}` : ''}`));
};

const clockTime = new Intl.DateTimeFormat(texts.dates, { timeStyle: 'medium' });

/** The time of day. */
export const clock = (at: number): string => clockTime.format(at);

const dayTime = new Intl.DateTimeFormat(texts.dates, {
	day: 'numeric',
	month: 'short',
	hour: '2-digit',
	minute: '2-digit',
});

/** The day and the time of it. */
export const day = (at: number): string => dayTime.format(at);

/** Sentences for what a policy gives a reader or program, and for what it takes. The first page carries nothing of core. */
export const rightsIn = ({ reader, of, given, taken }: Answer<'policy.compare'>['rights'][number]): string[] => [
	...(given.length > 0 ? [texts.policy.given(reader, of, given)] : []),
	...(taken.length > 0 ? [texts.policy.taken(reader, of, taken)] : []),
];
