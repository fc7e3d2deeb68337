import { type Instant, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import {
	instantOfSenml,
	isRelative,
	openRecordStream,
	parseSenmlPack,
	parseSenmlRecord,
	type RawRecord,
	type RecordStream,
	type SummedRecord,
} from '@keyward/core/observe';
import type { Clock } from '@keyward/core/port';
import { tickOfTime } from '../clock/tick.ts';
import { distinctTimes } from './distinct-times.ts';
import type { Line, LineReader } from './lines.ts';
import { parseNumber } from './number.ts';
import type { Sample } from '../sample/source.ts';
import { parseTime } from './time.ts';
import type { Zone } from './zone.ts';

export interface SampleLineOptions {
	readonly clock: Clock;
	/** Stream of lines that name none. */
	readonly stream?: string;
	/** Units by stream, for lines that name none. */
	readonly units?: Readonly<Record<string, string>>;
	/** Of times that do not say their offset from UTC; without it they are no times. */
	readonly zone?: Zone;
	/** What to do about lines that say more than a value. */
	readonly advice?: string;
}

/**
 * One sample a line, in one of these forms; blank lines and lines that begin with `#` are skipped:
 *
 *     21.5                                     a value of the named stream, measured as the line arrives
 *     2026-11-22T10:00:00Z,21.5                a value and its time
 *     {"n":"air","u":"Cel","t":1795341600,"v":21.5}   a SenML record (RFC 8428): v, vs, vb or vd; n, u and t may be left out
 *     [{"bn":"air","bu":"Cel"},{"v":21.5}]            a SenML pack of such records
 *
 * Base fields of a record (bn, bt, bu, bv) hold for it and for all records after it, those of a pack within it. A value is a number,
 * `true` or `false`; text comes in a SenML record. A line that is none of these becomes `Problem('source-malformed')`.
 */
export const sampleLines = (options: SampleLineOptions): LineReader => {
	const timeOf = distinctTimes(options.clock);
	const records = openRecordStream();
	return function* (line) {
		if (line instanceof Problem) {
			records.lose(null);
			yield line;
			return;
		}
		const text = line.text.trim();
		if (text === '' || text.startsWith('#')) return;
		try {
			for (const parsed of parseLine(text, options, records)) {
				if (parsed instanceof Problem) {
					yield malformed(line, parsed);
				} else {
					const { time, ...sample } = parsed;
					yield { ...sample, time: time ?? timeOf(sample.stream) };
				}
			}
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			yield malformed(line, error);
		}
	};
};

const malformed = ({ number }: Line, { detail }: Problem): Problem =>
	new Problem('source-malformed', `line ${number}: ${detail}`);

function* parseLine(text: string, options: SampleLineOptions, records: RecordStream): Iterable<Parsed | Problem> {
	if (text.startsWith('[')) {
		yield* parsePack(text, options);
	} else {
		const parsed = text.startsWith('{') ? parseRecord(text, options, records) : parse(text, options);
		if (parsed !== null) yield parsed;
	}
}

/** Records of a pack one by one: one that is wrong in itself costs no other, a wrong base field all after it. */
function* parsePack(text: string, options: SampleLineOptions): Iterable<Parsed | Problem> {
	const records = openRecordStream();
	for (const raw of parseSenmlPack(text)) {
		try {
			const parsed = takeRecord(raw, options, records);
			if (parsed !== null) yield parsed;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			yield error;
		}
	}
}

type Parsed = Omit<Sample, 'time'> & { readonly time: Instant | null };

const parse = (text: string, options: SampleLineOptions): Parsed => {
	const comma = text.indexOf(',');
	const time = comma < 0 ? null : parseTime(text.slice(0, comma).trim(), options.zone);
	const value = parseValue(text.slice(comma + 1).trim(), options);
	return named({ time, value }, options);
};

const parseValue = (text: string, { advice }: SampleLineOptions): number | boolean => {
	if (text === 'true' || text === 'false') return text === 'true';
	try {
		return parseNumber(text);
	} catch (error) {
		if (!(error instanceof Problem) || advice === undefined) throw error;
		throw new Problem(error.code, `${error.detail}; ${advice}`);
	}
};

/** Null for a record of base fields alone. */
const parseRecord = (text: string, options: SampleLineOptions, records: RecordStream): Parsed | null => {
	let record: RawRecord;
	try {
		record = parseSenmlRecord(text);
	} catch (error) {
		records.lose(text);
		throw error;
	}
	return takeRecord(record, options, records);
};

/** One of them stands in each record of SenML. */
const senmlLabels = ['n', 'u', 't', 'v', 'vs', 'vb', 'vd', 'bn', 'bt', 'bu', 'bv', 'bver'];

const take = (record: RawRecord, { advice }: SampleLineOptions, records: RecordStream): SummedRecord | null => {
	try {
		return records.take(record);
	} catch (error) {
		const isOther = !senmlLabels.some((label) => record[label] !== undefined);
		if (!(error instanceof Problem) || advice === undefined || !isOther) throw error;
		throw new Problem('source-malformed', `this is no SenML record, whose value is v; ${advice}`, { cause: error });
	}
};

const takeRecord = (record: RawRecord, options: SampleLineOptions, records: RecordStream): Parsed | null => {
	const summed = take(record, options, records);
	if (summed === null) return null;
	const { name, unit, seconds, value } = summed;
	return named(
		{
			time: seconds === null ? null : instantOf(seconds, options.clock.now()),
			value,
			...(name === '' ? {} : { stream: name }),
			...(unit === null ? {} : { unit }),
		},
		options,
	);
};

/**
 * A clock of this machine may be finer than what a reading is kept by; on the wire, where nobody rounds, that is refused. A
 * relative time counts from the station's clock, which the agent dates.
 */
const instantOf = (seconds: number, now: Instant): Instant => {
	const milliseconds = Math.round(seconds * 1000);
	return tickOfTime(now) !== null && isRelative(seconds)
		? now + milliseconds
		: instantOfSenml(milliseconds / 1000, now);
};

const named = (
	sample: { time: Instant | null; value: number | string | boolean; stream?: string; unit?: string },
	options: SampleLineOptions,
): Parsed => {
	const stream = sample.stream ?? options.stream;
	if (stream === undefined) throw new Problem('source-malformed', 'no stream is named: run with --stream NAME');
	if (!isName(stream)) {
		throw new Problem(
			'source-malformed',
			'n, after bn where there is one, must be a stream name: small letters, digits, dots and hyphens',
		);
	}
	const unit = sample.unit ?? options.units?.[stream];
	return { stream, time: sample.time, value: sample.value, ...(unit === undefined ? {} : { unit }) };
};
