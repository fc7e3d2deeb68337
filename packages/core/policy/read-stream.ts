import { isScalar } from 'yaml';
import type { Milliseconds } from '../units/milliseconds.ts';
import { type StrictDocument, quote, type Value } from './document.ts';
import type { StreamTerms } from './policy.ts';
import { isUnit } from './unit.ts';
import { doubtfulUnit, unitHint } from './unit-hint.ts';
import { list, NAME, name, oneOf, span } from './written.ts';

const readRange = (document: StrictDocument, value: Value): readonly [number, number] | null => {
	const items = document.items(value);
	if (items === null) return null;
	const ends = items.map((item) =>
		document.scalar(item, 'a finite number', (scalar) => (Number.isFinite(scalar) ? (scalar as number) : null)),
	);
	const [low, high, ...more] = ends;
	if (ends.includes(null)) return null;
	if (low === undefined || high === undefined || low === null || high === null || more.length > 0 || low >= high) {
		document.bad(value.offset, `${value.path} must be [lowest, highest], the lowest first`);
		return null;
	}
	return [low, high];
};

const readCount = (document: StrictDocument, value: Value): number | 'never' | null =>
	document.scalar(value, 'a whole number from 2 to 1000000, or never', (scalar) => {
		if (scalar === 'never') return 'never';
		return Number.isInteger(scalar) && Number(scalar) >= 2 && Number(scalar) <= 1_000_000 ? Number(scalar) : null;
	});

/** `[25, 1h]`: a change by more than 25 within an hour. */
const readChange = (document: StrictDocument, value: Value): { most: number; within: Milliseconds } | 'any' | null => {
	if (isScalar(value.node) && value.node.value === 'any') return 'any';
	const items = document.items(value);
	if (items === null) return null;
	const [first, second, ...more] = items;
	if (first === undefined || second === undefined || more.length > 0) {
		document.bad(value.offset, `${value.path} must be [largest change, span], such as [25, 1h], or any`);
		return null;
	}
	const most = document.scalar(first, 'a number above 0', (scalar) =>
		Number.isFinite(scalar) && Number(scalar) > 0 ? Number(scalar) : null,
	);
	const within = span(document, second);
	return most === null || within === null ? null : { most, within };
};

/** What is well written and hardly meant is refused of a new policy; one that is in force stays readable. */
export type Doubts = 'refused' | 'taken';

const readUnit = (document: StrictDocument, stream: string, value: Value, doubts: Doubts): string | null => {
	const unit = document.scalar(value, 'the symbol of a unit, such as Cel', (scalar) =>
		typeof scalar === 'string' ? scalar : null,
	);
	if (unit === null) return null;
	const doubtful = doubts === 'refused' ? doubtfulUnit(stream, unit) : null;
	const wrong = isUnit(unit) ? doubtful : `${quote(unit)} is no unit of SenML${unitHint(unit)}`;
	if (wrong === null) return unit;
	document.report('policy-unknown-unit', value.offset, wrong);
	return null;
};

/** The terms of one stream; null, and findings, when they are not as they should be. */
export const readStream = (document: StrictDocument, key: string, value: Value, doubts: Doubts): StreamTerms | null => {
	const members = document.members(
		value,
		['unit', 'every', 'readers', 'essential', 'range', 'doubtful-time', 'stuck-after', 'largest-change'],
		['unit', 'every', 'readers'],
	);
	const [unit, every, readers, essential, range] = [
		members?.get('unit'),
		members?.get('every'),
		members?.get('readers'),
		members?.get('essential'),
		members?.get('range'),
	];
	const [time, stuck, change] = ['doubtful-time', 'stuck-after', 'largest-change'].map((one) => members?.get(one));
	const terms = {
		unit: unit && readUnit(document, key, unit, doubts),
		every: every && span(document, every),
		readers: readers && list(document, readers, NAME, name, 0),
		essential: essential ? document.scalar(essential, 'true or false', oneOf([true, false])) : false,
		range: range && readRange(document, range),
		doubtfulTime: time && document.scalar(time, 'refuse or mark', oneOf(['refuse', 'mark'] as const)),
		stuckAfter: stuck && readCount(document, stuck),
		largestChange: change && readChange(document, change),
	};
	const { doubtfulTime, stuckAfter, largestChange } = terms;
	if (!terms.unit || !terms.every || !terms.readers || terms.essential === null || terms.range === null) return null;
	if (doubtfulTime === null || stuckAfter === null || largestChange === null) return null;
	return Object.freeze({
		name: key,
		unit: terms.unit,
		every: terms.every,
		readers: terms.readers,
		essential: terms.essential,
		...(terms.range && { range: terms.range }),
		...(doubtfulTime !== undefined && { doubtfulTime }),
		...(stuckAfter !== undefined && { stuckAfter: stuckAfter === 'never' ? null : stuckAfter }),
		...(largestChange !== undefined && { largestChange: largestChange === 'any' ? null : largestChange }),
	});
};
