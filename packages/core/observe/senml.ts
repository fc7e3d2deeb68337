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

const known = new Set(['bn', 'bt', 'bu', 'bv', 'bver', 'n', 'u', 'v', 'vs', 'vb', 't', 'ut']);
const unsupported = ['s', 'bs', 'vd'];

/**
 * Resolves a pack record by record: a record that is wrong in itself becomes a `Problem` in its place, and the records
 * around it are kept. A wrong base field, which would colour every later record, throws `Problem('senml-malformed')`.
 */
export const resolvePack = (pack: readonly unknown[]): (ResolvedRecord | Problem)[] => {
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
		try {
			resolved.push(resolve(record, base));
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			resolved.push(error);
		}
	}
	return resolved;
};

interface Base {
	name: string;
	time: number;
	unit: string;
	value: number | null;
}

const takeBase = (record: RawRecord, base: Base): void => {
	if (record['bver'] !== undefined && record['bver'] !== 10) {
		throw new Problem('senml-unsupported', 'bver must be 10 or absent (RFC 8428 §4.4)');
	}
	if (record['bn'] !== undefined) base.name = text(record['bn'], 'bn');
	if (record['bt'] !== undefined) base.time = finite(record['bt'], 'bt');
	if (record['bu'] !== undefined) base.unit = text(record['bu'], 'bu');
	if (record['bv'] !== undefined) base.value = finite(record['bv'], 'bv');
};

const resolve = (record: RawRecord, base: Base): ResolvedRecord => {
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
	const time = record['t'] === undefined ? base.time : base.time + finite(record['t'], 't');
	return { name, unit, time: instantOfSenml(time), value: valueOf(record, base), extra };
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
	return (base.value ?? 0) + (v === undefined ? 0 : finite(v, 'v'));
};

const text = (value: unknown, label: string): string => {
	if (typeof value !== 'string') throw new Problem('senml-malformed', `${label} must be text`);
	if (value.length > 1024) throw new Problem('senml-malformed', `${label} is longer than 1024 characters`);
	return value;
};

const finite = (value: unknown, label: string): number => {
	if (typeof value !== 'number' || !Number.isFinite(value)) {
		throw new Problem('reading-value', `${label} must be a finite number`);
	}
	return value;
};
