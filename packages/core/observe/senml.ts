import type { ErrorCode } from '../problem/code.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { instantOfSenml } from './senml-time.ts';

/** One measurement, resolved (RFC 8428 §4.6): full name, unit, absolute time, one value. */
export interface ResolvedRecord {
	readonly name: string;
	readonly unit: string;
	readonly time: Instant;
	readonly value: number | string | boolean;
	/** True when the record carried fields that Keyward does not keep. */
	readonly extra: boolean;
}

/** A SenML record as its JSON labels spell it; values are not checked yet. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** The most records that one pack may hold. */
export const maxRecords = 1000;

/** The newest version of the media type that is understood (RFC 8428 §4.4, RFC 9100). */
const newestVersion = 10;

const baseFields = new Set(['bn', 'bt', 'bu', 'bv', 'bver']);
const known = new Set([...baseFields, 'n', 'u', 'v', 'vs', 'vb', 't']);
const unsupported = ['s', 'bs', 'vd'];

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
	const base: Base = { name: '', time: 0, unit: '', value: null };
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

const isBaseAlone = (record: RawRecord): boolean => {
	for (const label in record) if (!baseFields.has(label)) return false;
	return true;
};

interface Base {
	name: string;
	time: number;
	unit: string;
	value: number | null;
}

const takeBase = (record: RawRecord, base: Base): void => {
	const { bver } = record;
	if (bver !== undefined && !(Number.isInteger(bver) && Number(bver) > 0)) {
		throw new Problem('senml-malformed', 'bver must be a positive whole number (RFC 8428 §4.4)');
	}
	if (bver !== undefined && Number(bver) > newestVersion) {
		throw new Problem('senml-unsupported', `bver ${Number(bver)} is newer than ${newestVersion} (RFC 8428 §4.4)`);
	}
	if (record['bn'] !== undefined) base.name = text(record['bn'], 'bn');
	if (record['bt'] !== undefined) base.time = finite(record['bt'], 'bt', 'senml-malformed');
	if (record['bu'] !== undefined) base.unit = text(record['bu'], 'bu');
	if (record['bv'] !== undefined) base.value = finite(record['bv'], 'bv', 'senml-malformed');
};

const resolve = (record: RawRecord, base: Base, now: Instant | null): ResolvedRecord => {
	let extra = false;
	for (const label in record) {
		if (known.has(label)) continue;
		// RFC 8428 §4.4: a label that ends with _ must be understood, or the record is not.
		if (label.endsWith('_') || unsupported.includes(label)) {
			throw new Problem('senml-unsupported', `the field ${JSON.stringify(label.slice(0, 32))} is not supported`);
		}
		extra = true;
	}
	const name = record['n'] === undefined ? base.name : base.name + text(record['n'], 'n');
	const unit = record['u'] === undefined ? base.unit : text(record['u'], 'u');
	const time = record['t'] === undefined ? base.time : base.time + finite(record['t'], 't', 'reading-time-impossible');
	return { name, unit, time: instantOfSenml(time, now), value: valueOf(record, base), extra };
};

const valueOf = (record: RawRecord, base: Base): number | string | boolean => {
	const { v, vs, vb } = record;
	if (Number(v !== undefined) + Number(vs !== undefined) + Number(vb !== undefined) > 1) {
		throw new Problem('senml-malformed', 'a record carries one value, not several (RFC 8428 §4.2)');
	}
	if (vs !== undefined) return text(vs, 'vs');
	if (vb !== undefined) {
		if (typeof vb !== 'boolean') throw new Problem('senml-malformed', 'vb must be true or false');
		return vb;
	}
	if (v === undefined && base.value === null) {
		throw new Problem('senml-malformed', 'a record needs a value: v, vs or vb (RFC 8428 §4.2)');
	}
	return finite((base.value ?? 0) + (v === undefined ? 0 : finite(v, 'v', 'reading-value')), 'bv + v', 'reading-value');
};

const text = (value: unknown, label: string): string => {
	if (typeof value !== 'string') throw new Problem('senml-malformed', `${label} must be text`);
	if (value.length > 1024) throw new Problem('senml-malformed', `${label} is longer than 1024 characters`);
	// RFC 8259 §8.2: a lone surrogate has no UTF-8; what is kept of two such texts could not be told apart.
	if (!value.isWellFormed()) throw new Problem('senml-malformed', `${label} is not well-formed Unicode`);
	return value;
};

const finite = (value: unknown, label: string, code: ErrorCode): number => {
	if (typeof value !== 'number' || !Number.isFinite(value)) throw new Problem(code, `${label} must be a finite number`);
	return value;
};
