import { type Instant, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import type { Clock } from '@keyward/core/port';
import { distinctTimes } from './distinct-times.ts';
import type { LineReader } from './lines.ts';
import { parseNumber } from './number.ts';
import type { Sample } from './source.ts';
import { parseTime } from './time.ts';

export interface SampleLineOptions {
	readonly clock: Clock;
	/** Stream of lines that name none. */
	readonly stream?: string;
	/** Units by stream, for lines that name none. */
	readonly units?: Readonly<Record<string, string>>;
}

/**
 * One sample a line, in one of three forms; blank lines and lines that begin with `#` are skipped:
 *
 *     21.5                                     a value of the named stream, measured as the line arrives
 *     2026-11-22T10:00:00Z,21.5                a value and its time
 *     {"n":"air","u":"Cel","t":1795341600,"v":21.5}   a SenML record (RFC 8428): v, vs or vb; n, u and t may be left out
 *
 * A value is a number, `true` or `false`; text comes in a SenML record. A line that is none of these becomes
 * `Problem('source-malformed')`.
 */
export const sampleLines = (options: SampleLineOptions): LineReader => {
	const timeOf = distinctTimes(options.clock);
	return function* (line) {
		if (line instanceof Problem) {
			yield line;
			return;
		}
		const text = line.text.trim();
		if (text === '' || text.startsWith('#')) return;
		try {
			const { time, ...sample } = parse(text, options);
			yield { ...sample, time: time ?? timeOf(sample.stream) };
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			yield new Problem(error.code, `line ${line.number}: ${error.detail}`);
		}
	};
};

type Parsed = Omit<Sample, 'time'> & { readonly time: Instant | null };

const parse = (text: string, options: SampleLineOptions): Parsed => {
	if (text.startsWith('{')) return parseRecord(text, options);
	const comma = text.indexOf(',');
	const time = comma < 0 ? null : parseTime(text.slice(0, comma).trim());
	const value = parseValue(text.slice(comma + 1).trim());
	return named({ time, value }, options);
};

const parseValue = (text: string): number | boolean =>
	text === 'true' ? true : text === 'false' ? false : parseNumber(text);

/** RFC 8428 §4.4: a label that ends with `_` must be understood; others that are unknown are passed over. */
const parseRecord = (text: string, options: SampleLineOptions): Parsed => {
	let record: Record<string, unknown>;
	try {
		record = JSON.parse(text) as Record<string, unknown>;
	} catch {
		throw new Problem('source-malformed', 'this is not a JSON object on one line');
	}
	const { n, u, t, v, vs, vb } = record;
	for (const label of Object.keys(record)) {
		if (label.endsWith('_'))
			throw new Problem('source-malformed', `the field ${JSON.stringify(label.slice(0, 32))} is not understood`);
	}
	const values = [v, vs, vb].filter((value) => value !== undefined);
	const value = values[0];
	if (values.length !== 1 || !(Number.isFinite(v) || typeof vs === 'string' || typeof vb === 'boolean')) {
		throw new Problem('source-malformed', 'a record has one value: a finite number v, a text vs or a boolean vb');
	}
	if (typeof vs === 'string' && vs.length > 1024)
		throw new Problem('source-malformed', 'vs is longer than 1024 characters');
	if (t !== undefined && !Number.isFinite(t)) throw new Problem('source-malformed', 't is in seconds, a number');
	return named(
		{
			time: t === undefined ? null : absolute(t as number, options.clock.now()),
			value: value as number | string | boolean,
			...(n === undefined ? {} : { stream: n }),
			...(u === undefined ? {} : { unit: u }),
		},
		options,
	);
};

/** RFC 8428 §4.5.3: below 2^28 a time is relative to now. */
const absolute = (t: number, now: Instant): Instant => Math.round(t < 2 ** 28 ? now + t * 1000 : t * 1000);

const named = (
	sample: { time: Instant | null; value: number | string | boolean; stream?: unknown; unit?: unknown },
	options: SampleLineOptions,
): Parsed => {
	const stream = sample.stream ?? options.stream;
	if (stream === undefined) throw new Problem('source-malformed', 'no stream is named: run with --stream NAME');
	if (typeof stream !== 'string' || !isName(stream)) {
		throw new Problem('source-malformed', 'n must be a stream name: small letters, digits, dots and hyphens');
	}
	const unit = sample.unit ?? options.units?.[stream];
	if (unit !== undefined && typeof unit !== 'string') throw new Problem('source-malformed', 'u must be a unit symbol');
	return { stream, time: sample.time, value: sample.value, ...(unit === undefined ? {} : { unit }) };
};
