import { Problem } from '../problem/problem.ts';
import type { MemberPath, TopicMap } from '../policy/topic-map.ts';
import type { Instant } from '../units/instant.ts';
import type { ResolvedRecord } from './senml.ts';
import { parseOnce } from './senml-json.ts';
import { isRelative } from './senml-time.ts';
import { writtenInstant } from '../units/written-instant.ts';

/** One value of a mapped payload, as a record of the stream; or why it is not one. */
export interface MappedValue {
	readonly stream: string;
	readonly record: Omit<ResolvedRecord, 'name' | 'unit'> | Problem;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Seconds above this are milliseconds: the year 5138, and 1973. */
const MILLISECONDS_FROM = 1e11;
const DATED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

/**
 * Reads what a device publishes as its manufacturer made it. A stream that the payload does not name is passed over, because many name
 * some now and some later; a payload that names none throws `Problem('payload-unmapped')`. `arrival` dates, in doubt, what the map
 * has no time for.
 */
export const readMapped = (payload: Uint8Array, { time, values }: TopicMap, arrival: Instant): MappedValue[] => {
	const text = textOf(payload);
	const needsJson = time !== null || [...values.values()].some((at) => at !== null);
	const document = needsJson ? jsonOf(payload) : null;
	const find = (at: MemberPath): unknown => (at === null ? text.trim() : memberAt(document, at));
	const found: MappedValue[] = [];
	let moment: { readonly time: Instant; readonly doubted?: true } | Problem | null = null;
	for (const [stream, at] of values) {
		const value = figureOf(find(at), at === null);
		if (value === null) continue;
		moment ??= time === null ? { time: arrival, doubted: true } : momentOf(find(time));
		const record =
			value instanceof Problem ? value : moment instanceof Problem ? moment : { ...moment, value, extra: false };
		found.push({ stream, record });
	}
	if (found.length > 0) return found;
	throw new Problem(
		'payload-unmapped',
		`the payload has nothing of ${[...values.keys()].join(', ')} where the policy's map says`,
	);
};

const textOf = (payload: Uint8Array): string => {
	try {
		return utf8.decode(payload);
	} catch (cause) {
		throw new Problem('payload-unmapped', 'the payload is not UTF-8', { cause });
	}
};

const jsonOf = (payload: Uint8Array): unknown => {
	try {
		return parseOnce(payload);
	} catch (cause) {
		if (!(cause instanceof Problem)) throw cause;
		throw new Problem('payload-unmapped', `the policy's map asks for a JSON document: ${cause.detail}`, { cause });
	}
};

/** Own members alone: what every object inherits is nobody's reading. */
const memberAt = (document: unknown, steps: readonly (string | number)[]): unknown => {
	let found = document;
	for (const step of steps) {
		const inside =
			typeof found === 'object' && found !== null && Array.isArray(found) === (typeof step === 'number')
				? Object.getOwnPropertyDescriptor(found, step)
				: undefined;
		if (inside === undefined) return undefined;
		found = inside.value;
	}
	return found;
};

const SWITCH: Readonly<Record<string, boolean>> = { on: true, true: true, off: false, false: false };
const NUMBER = /^[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/;
/** How devices write that they have no value. */
const NO_VALUE = /^(?:|nan|null|none|n\/a|unknown|unavailable)$/i;

/** Null where there is no value. Text is a number only where the payload is nothing else. */
const figureOf = (value: unknown, whole: boolean): number | string | boolean | Problem | null => {
	if (value === undefined || value === null) return null;
	if (typeof value === 'boolean') return value;
	if (typeof value === 'number')
		return Number.isFinite(value) ? value : new Problem('reading-value', 'the value is no finite number');
	if (typeof value !== 'string') return new Problem('reading-value', 'the value is a list or an object');
	if (NO_VALUE.test(value)) return null;
	const number = whole && NUMBER.test(value) ? Number(value) : Number.NaN;
	if (Number.isFinite(number)) return number;
	if (value.length > 1024 || !value.isWellFormed())
		return new Problem('reading-value', 'the value is longer than 1024 characters, or not well-formed Unicode');
	return SWITCH[value.toLowerCase()] ?? value;
};

const momentOf = (written: unknown): { readonly time: Instant } | Problem => {
	if (typeof written === 'number' && Number.isFinite(written)) {
		const seconds = Math.abs(written) < MILLISECONDS_FROM ? written : written / 1000;
		if (!isRelative(seconds) && seconds < 253_402_300_800) return { time: Math.round(seconds * 1000) };
		return new Problem('reading-time-impossible', 'the time must be seconds or milliseconds since 1970');
	}
	if (written === undefined || written === null)
		return new Problem('reading-time-missing', "the payload has no time where the policy's map says");
	// CR 2.11: a local time without its offset is any of a day's moments.
	if (typeof written !== 'string' || !DATED.test(written))
		return new Problem(
			'reading-time-impossible',
			'the time must be seconds since 1970, or a date and time with its offset from UTC, such as 2026-11-27T09:00:00Z',
		);
	const time = writtenInstant(written);
	// CR 2.11: 30 February would become 2 March, and the reading another day's.
	if (time === null)
		return new Problem('reading-time-impossible', `${JSON.stringify(written)} is no date and time that there is`);
	return isRelative(time / 1000)
		? new Problem('reading-time-impossible', 'the time is no moment since 1978')
		: { time };
};
