import { convertUnit } from '../policy/unit-scale.ts';
import type { ResolvedRecord } from './senml.ts';

/**
 * The record in the unit that its stream has, where its own is a scaled form of the same one (RFC 8798 §3); else as it is, and
 * admission refuses it.
 */
export const inUnit = (record: ResolvedRecord, unit: string): ResolvedRecord => {
	if (record.unit === unit || typeof record.value !== 'number') return record;
	const value = convertUnit(record.value, record.unit, unit);
	return value === null ? record : { ...record, unit, value };
};
