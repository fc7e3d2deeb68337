import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { doubtLabel } from './doubt.ts';
import { finiteNumber } from './senml-number.ts';
import { instantOfSenml } from './senml-time.ts';
import { checkVersion } from './senml-version.ts';

/** One measurement, resolved (RFC 8428 §4.6): full name, unit, absolute time, one value. */
export interface ResolvedRecord {
	readonly name: string;
	readonly unit: string;
	readonly time: Instant;
	readonly value: number | string | boolean;
	/** True when the record carried fields that Keyward does not keep. */
	readonly extra: boolean;
	/** Present when the device could not tell its time for sure. */
	readonly doubted?: true;
}

/** A SenML record as its JSON labels spell it; values are not checked yet. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** The most records that one pack may hold. */
export const maxRecords = 1000;

const baseFields = new Set(['bn', 'bt', 'bu', 'bv', 'bver']);
const known = new Set([...baseFields, 'n', 'u', 'v', 'vs', 'vb', 'vd', 't']);
const unsupported: Readonly<Record<string, string>> = {
	s: 'a sum (s) is not kept: send the value in v',
	bs: 'a base sum (bs) is not kept: send the value in v',
};

/**
 * Resolves a pack record by record: a record that is wrong in itself becomes a `Problem` in its place, and the records
 * around it are kept. A wrong base field, which would colour every later record, throws `Problem('senml-malformed')`, a
 * version that is not understood `Problem('senml-unsupported')`.
 */
export const resolvePack = (pack: readonly unknown[], now: Instant | null): (ResolvedRecord | Problem)[] => {
	if (pack.length === 0) throw new Problem('senml-malformed', 'the pack holds no record');
	if (pack.length > maxRecords) {
		throw new Problem('senml-malformed', `the pack holds ${pack.length} records; at most ${maxRecords} are taken`);
	}
	const base = noBase();
	const resolved: (ResolvedRecord | Problem)[] = [];
	for (const raw of pack) {
		if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
			throw new Problem('senml-malformed', 'each record of a pack is an object (RFC 8428 §4)');
		}
		const record = raw as RawRecord;
		takeBase(record, base);
		// A record of base fields alone measures nothing (the example of RFC 8428 §5.1.7 begins with one).
		if (isBaseAlone(record)) continue;
		try {
			resolved.push(resolve(record, base, now));
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			resolved.push(error);
		}
	}
	if (resolved.length === 0) throw new Problem('senml-malformed', 'the pack holds no measurement');
	return resolved;
};

/** Records that come one by one without an end (SenSML, RFC 8428 §4.8): base fields hold for all that come later. */
export interface RecordStream {
	/** Null for a record of base fields alone. Throws `Problem` of the codes of {@link resolvePack}. */
	take(raw: RawRecord): SummedRecord | null;
	/** To be told of a line that could not be read: the base fields that it may have set are in doubt. */
	lose(line: string | null): void;
}

/**
 * Integrity: a reading to which the wrong base is added is a wrong reading that looks right. So when base fields could not be
 * read, no record is resolved until they have been given again.
 */
export const openRecordStream = (): RecordStream => {
	const base = noBase();
	const seen = new Set<string>();
	const lost = new Set<string>();
	return {
		take(raw) {
			const given = [...baseFields].filter((label) => raw[label] !== undefined);
			for (const label of given) {
				seen.add(label);
				lost.add(label);
			}
			takeBase(raw, base);
			for (const label of given) lost.delete(label);
			if (lost.size > 0) {
				const labels = [...lost].join(', ');
				throw new Problem('senml-malformed', `${labels} of an earlier record could not be read: send it again`);
			}
			return given.length > 0 && isBaseAlone(raw) ? null : addBase(raw, base);
		},
		lose(line) {
			for (const label of line === null ? seen : baseFields) {
				if (line === null || line.includes(`"${label}"`)) lost.add(label);
			}
		},
	};
};

const isBaseAlone = (record: RawRecord): boolean => {
	for (const label in record) if (!baseFields.has(label)) return false;
	return true;
};

/** What the base fields so far say; null for one that was not given. */
interface Base {
	version: number | null;
	name: string;
	time: number | null;
	unit: string | null;
	value: number | null;
}

const noBase = (): Base => ({ version: null, name: '', time: null, unit: null, value: null });

const takeBase = (record: RawRecord, base: Base): void => {
	if (record['bver'] !== undefined) base.version = checkVersion(record['bver'], base.version);
	if (record['bn'] !== undefined) base.name = text(record['bn'], 'bn');
	if (record['bt'] !== undefined) base.time = finiteNumber(record['bt'], 'bt', 'senml-malformed');
	if (record['bu'] !== undefined) base.unit = text(record['bu'], 'bu');
	if (record['bv'] !== undefined) base.value = finiteNumber(record['bv'], 'bv', 'senml-malformed');
};

const resolve = (record: RawRecord, base: Base, now: Instant | null): ResolvedRecord => {
	const { name, unit, seconds, value, extra, doubted } = addBase(record, base);
	const time = instantOfSenml(seconds, now);
	return { name, unit: unit ?? '', time, value, extra, ...(doubted && { doubted }) };
};

/** A record with the base fields added to its own; null where neither says anything. `seconds`: absolute or relative. */
export interface SummedRecord extends Pick<ResolvedRecord, 'name' | 'value' | 'extra' | 'doubted'> {
	readonly unit: string | null;
	readonly seconds: number | null;
}

const addBase = (record: RawRecord, base: Base): SummedRecord => {
	let extra = false;
	let doubted: true | undefined;
	for (const label in record) {
		if (known.has(label)) continue;
		// RFC 8428 §4.4: a label that ends with _ must be understood, or the record is not.
		if (label.endsWith('_'))
			throw new Problem('senml-unsupported', `the field ${JSON.stringify(label.slice(0, 32))} is not supported`);
		if (Object.hasOwn(unsupported, label)) throw new Problem('senml-unsupported', unsupported[label] ?? '');
		if (label === doubtLabel && record[label] === 'time') doubted = true;
		else extra = true;
	}
	const name = record['n'] === undefined ? base.name : base.name + text(record['n'], 'n');
	const unit = record['u'] === undefined ? base.unit : text(record['u'], 'u');
	const seconds =
		record['t'] === undefined
			? base.time
			: (base.time ?? 0) + finiteNumber(record['t'], 't', 'reading-time-impossible');
	return { name, unit, seconds, value: valueOf(record, base), extra, ...(doubted && { doubted }) };
};

const valueOf = (record: RawRecord, base: Base): number | string | boolean => {
	const { v, vs, vb, vd } = record;
	if ([v, vs, vb, vd].filter((one) => one !== undefined).length > 1) {
		throw new Problem('senml-malformed', 'a record carries one value, not several (RFC 8428 §4.2)');
	}
	if (vs !== undefined) return text(vs, 'vs');
	if (vd !== undefined) return data(vd);
	if (vb !== undefined) {
		if (typeof vb !== 'boolean') {
			throw new Problem('senml-malformed', `vb must be true or false; ${described(vb)}`);
		}
		return vb;
	}
	if (v === undefined && base.value === null) {
		throw new Problem('senml-malformed', 'a record needs a value: v, vs, vb or vd (RFC 8428 §4.2)');
	}
	return finiteNumber(
		(base.value ?? 0) + (v === undefined ? 0 : finiteNumber(v, 'v', 'reading-value')),
		'bv + v',
		'reading-value',
	);
};

const text = (value: unknown, label: string): string => {
	if (typeof value !== 'string') throw new Problem('senml-malformed', `${label} must be text; ${described(value)}`);
	if (value.length > 1024) throw new Problem('senml-malformed', `${label} is longer than 1024 characters`);
	// RFC 8259 §8.2: a lone surrogate has no UTF-8; what is kept of two such texts could not be told apart.
	if (!value.isWellFormed()) throw new Problem('senml-malformed', `${label} is not well-formed Unicode`);
	return value;
};

/**
 * Data (RFC 8428 §4.2) is kept as its base64url text, and read back in `vs`. One text for the same octets: padding and stray bits at
 * the end are refused (RFC 4648 §3.5), so that a replay cannot pass for another value.
 */
const data = (value: unknown): string => {
	const written = text(value, 'vd');
	if (Buffer.from(written, 'base64url').toString('base64url') !== written) {
		throw new Problem('senml-malformed', 'vd must be base64url without padding (RFC 8428 §5)');
	}
	return written;
};

const described = (value: unknown): string =>
	value === null ? 'it is null: leave it out' : `it is a ${Array.isArray(value) ? 'list' : typeof value}`;
