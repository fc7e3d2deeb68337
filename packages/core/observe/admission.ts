import type { StreamTerms } from '../policy/policy.ts';
import type { Parameters } from '../policy/parameter-value.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import { defaultClockTolerance } from '../units/clock-tolerance.ts';
import { sameRecord } from './record.ts';
import type { ResolvedRecord } from './senml.ts';

/** What a site says of the times that it takes. */
export interface TimeBounds {
	/** How far ahead of ours a device's clock may be where its policy does not say. */
	readonly clockTolerance: Milliseconds;
	/** How far back a reading's time may lie, and not before its device existed; null takes any. */
	readonly oldestReading: Milliseconds | null;
}

/** The earliest time that is taken now of a device that exists since then (CR 2.11, CR 7.2). */
export const earliestTaken = ({ oldestReading }: TimeBounds, since: Instant, now: Instant): Instant =>
	oldestReading === null ? Number.NEGATIVE_INFINITY : Math.max(since, now - oldestReading);

const LONGEST_SHOWN = 40;

/** What was sent, for who has to mend it: short, and without characters that steer (MQTT 5 section 1.5.4, CR 3.5). */
const shown = (value: string | number | boolean): string =>
	typeof value === 'string' ? JSON.stringify(value.slice(0, LONGEST_SHOWN)) : String(value);

/** Of switches, states and events: the one unit whose streams take text and truth, too. */
const WITHOUT_UNIT = '/';

/** ECMA-262 has no date beyond that. */
const LAST_DATE: Instant = 8.64e15;

const shownTime = (time: Instant): string =>
	Math.abs(time) <= LAST_DATE ? new Date(time).toISOString() : `${time} ms after 1970`;

/** The times that are taken of a device: up to `tolerance` ahead of now, and nothing before `earliest`. */
export interface TakenTimes {
	readonly tolerance: Milliseconds;
	readonly earliest: Instant;
}

/** record-kept of the policy says it; where it asks nothing of clocks, the site. */
export const clockToleranceOf = (parameters: Parameters, clockTolerance: Milliseconds): Milliseconds =>
	typeof parameters['record-kept'] === 'number' ? parameters['record-kept'] : clockTolerance;

/** Whether a reading may be of that time: judged by the service of what it sees, and by the device itself of what it seals. Null admits. */
export const judgeTime = (time: Instant, now: Instant, { tolerance, earliest }: TakenTimes): Refusal | null => {
	// CR 2.11: a reading from the future would outrun every later one and could be prepared in advance.
	if (time > now + tolerance) {
		return {
			code: 'reading-time-future',
			requirement: 'record-kept',
			reason: `the time, ${shownTime(time)}, is ahead of the service's clock by more than ${tolerance / 1000} s; set the device's clock`,
		};
	}
	// CR 2.11, CR 7.2: a device has no readings of a time before it was one; without a bound its past has room for any number.
	if (time < earliest) {
		return {
			code: 'reading-time-past',
			requirement: 'input-refused',
			reason: `the time, ${shownTime(time)}, is before ${new Date(earliest).toISOString()}, the first that is taken of this device; look at its clock`,
		};
	}
	return null;
};

/**
 * The part of admission that needs no memory: is this record one that this stream may carry?
 * `device` is the one that the session proved, `terms` the stream's that the topic names; `clockTolerance` holds where the
 * policy asks nothing of clocks; nothing before `earliest` is taken. Null admits.
 */
export const judgeRecord = (
	record: ResolvedRecord,
	device: string,
	terms: StreamTerms,
	parameters: Parameters,
	now: Instant,
	clockTolerance: Milliseconds = defaultClockTolerance,
	earliest: Instant = Number.NEGATIVE_INFINITY,
): Refusal | null => {
	// CR 2.1: a record that names another device or stream than its session and topic would be filed under a false name.
	if (!namesStream(record.name, device, terms.name)) {
		return {
			code: 'reading-name',
			requirement: 'own-streams-only',
			reason: `the SenML name must be ${device}/${terms.name}, not ${shown(record.name)}`,
		};
	}
	// CR 3.5: a value in another unit is a wrong value; a reader would act on it.
	if (record.unit !== terms.unit) {
		return {
			code: 'reading-unit',
			requirement: 'input-refused',
			reason: `the unit must be ${terms.unit}, as the policy says of ${terms.name}, not ${shown(record.unit)}`,
		};
	}
	// CR 3.5: a text in a unit is no measurement; `21,5`, `Infinity` or `=1+1` among numbers breaks who reckons with them.
	if (terms.unit !== WITHOUT_UNIT && typeof record.value !== 'number') {
		return {
			code: 'reading-value',
			requirement: 'input-refused',
			reason: `${terms.name} is in ${terms.unit} and takes numbers alone, not ${shown(record.value)}: send a number ("v": 21.5 in SenML; the number alone is taken on a mapped topic only); a stream of states has the unit ${WITHOUT_UNIT}`,
		};
	}
	// CR 3.5: an impossible value is a fault or a lie; it must not reach a reader as a measurement.
	if (terms.range !== undefined && !inside(record.value, terms.range)) {
		return {
			code: 'reading-value',
			requirement: 'input-refused',
			reason: `the value must be a number from ${terms.range[0]} to ${terms.range[1]} ${terms.unit}, not ${shown(record.value)}`,
		};
	}
	// CR 2.11: a time that its own device doubts would be read as the moment of the measurement.
	if (record.doubted === true && terms.doubtfulTime !== 'mark') {
		return {
			code: 'reading-time-doubted',
			requirement: 'record-kept',
			reason: `the device could not tell when it measured this; set its clock, or run a time service`,
		};
	}
	const tolerance = clockToleranceOf(parameters, clockTolerance);
	const untimely = judgeTime(record.time, now, { tolerance, earliest });
	if (untimely !== null) return untimely;
	// CRA Annex I (2)(g): fields that nobody declared may carry what nobody agreed to.
	if (record.extra && parameters['data-minimised'] !== null) {
		return {
			code: 'senml-unsupported',
			requirement: 'data-minimised',
			reason: 'the record carries fields beyond name, unit, time and value; send only those',
		};
	}
	return null;
};

/**
 * The part of admission that needs memory. `seen` is the payload stored under the same identity of the stream, or null.
 * The same bytes again are acknowledged and not stored; other bytes are refused and reported.
 */
export const judgeIdentity = (
	record: Uint8Array,
	seen: Uint8Array | null,
	sealed = false,
): 'new' | 'known' | Refusal => {
	if (seen === null) return 'new';
	// A sealed record has no doubts in its first byte: each of its bytes counts.
	if (sealed ? Buffer.compare(record, seen) === 0 : sameRecord(record, seen)) return 'known';
	// CR 3.1, CR 3.8: anyone who replays a moment with another value would rewrite history.
	return {
		code: 'reading-conflict',
		requirement: 'replay-refused',
		reason: 'another value is stored for this stream and time; a reading is never overwritten',
	};
};

/** SEALING: the SenML name is device/stream. Compared without building a string: this runs for each record. */
const namesStream = (name: string, device: string, stream: string): boolean =>
	name.length === device.length + 1 + stream.length &&
	name.startsWith(device) &&
	name[device.length] === '/' &&
	name.endsWith(stream);

const inside = (value: number | string | boolean, [low, high]: readonly [number, number]): boolean =>
	typeof value === 'number' && value >= low && value <= high;
