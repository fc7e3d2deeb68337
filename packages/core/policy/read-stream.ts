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

const readUnit = (document: StrictDocument, stream: string, value: Value): string | null => {
	const unit = document.scalar(value, 'the symbol of a unit, such as Cel', (scalar) =>
		typeof scalar === 'string' ? scalar : null,
	);
	if (unit === null) return null;
	const wrong = isUnit(unit) ? doubtfulUnit(stream, unit) : `${quote(unit)} is no unit of SenML${unitHint(unit)}`;
	if (wrong === null) return unit;
	document.report('policy-unknown-unit', value.offset, wrong);
	return null;
};

/** The terms of one stream; null, and findings, when they are not as they should be. */
export const readStream = (document: StrictDocument, key: string, value: Value): StreamTerms | null => {
	const members = document.members(
		value,
		['unit', 'every', 'readers', 'essential', 'range'],
		['unit', 'every', 'readers'],
	);
	const [unit, every, readers, essential, range] = [
		members?.get('unit'),
		members?.get('every'),
		members?.get('readers'),
		members?.get('essential'),
		members?.get('range'),
	];
	const terms = {
		unit: unit && readUnit(document, key, unit),
		every: every && span(document, every),
		readers: readers && list(document, readers, NAME, name, 0),
		essential: essential ? document.scalar(essential, 'true or false', oneOf([true, false])) : false,
		range: range && readRange(document, range),
	};
	if (!terms.unit || !terms.every || !terms.readers || terms.essential === null || terms.range === null) return null;
	return Object.freeze({
		name: key,
		unit: terms.unit,
		every: terms.every,
		readers: terms.readers,
		essential: terms.essential,
		...(terms.range && { range: terms.range }),
	});
};
