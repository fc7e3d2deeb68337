import { Problem } from '../problem/problem.ts';
import { trim } from './package-url.ts';
import { compareVersions, schemeOf, type VersionScheme } from './version-scheme.ts';
import type { Bound, Interval, VersionSet } from './version-set.ts';

interface Constraint {
	readonly comparator: '=' | '!=' | '<' | '<=' | '>' | '>=';
	readonly version: string;
}

const MOST = 1000;

const refuse = (text: string, why: string): Problem =>
	new Problem('version-range', `${JSON.stringify(text.slice(0, 120))} is no version range (vers): ${why}`);

const readConstraint = (whole: string, text: string): Constraint => {
	const [, comparator = '', version = ''] = /^(!=|<=|>=|<|>|=)?([^<>=!*|\s]+)$/.exec(text) ?? [];
	if (version === '') throw refuse(whole, `${JSON.stringify(text)} is no comparator and version`);
	try {
		return { comparator: (comparator || '=') as Constraint['comparator'], version: decodeURIComponent(version) };
	} catch {
		throw refuse(whole, 'a % begins no character of UTF-8');
	}
};

/** In order of their versions; null where one is no version of the scheme. */
export const sortVersions = <Item>(
	items: readonly Item[],
	versionOf: (item: Item) => string,
	scheme: VersionScheme,
): Item[] | null => {
	const [first] = items;
	if (first !== undefined && items.some((one) => compareVersions(scheme, versionOf(first), versionOf(one)) === null))
		return null;
	return items.toSorted((a, b) => compareVersions(scheme, versionOf(a), versionOf(b)) ?? 0);
};

/** Intervals of constraints in order; what a wider neighbour covers is passed over (vers, "Version constraints simplification"). */
const intervalsOf = (sorted: readonly Constraint[]): Interval[] => {
	const intervals: Interval[] = [];
	let from: Bound | null = null;
	for (const { comparator, version } of sorted) {
		const bound = { version, inclusive: comparator.length === 2 };
		if (comparator.startsWith('>')) from ??= bound;
		else {
			const last = from === null ? intervals.pop() : undefined;
			intervals.push({ from: from ?? last?.from ?? null, to: bound });
			from = null;
		}
	}
	if (from !== null) intervals.push({ from, to: null });
	return intervals;
};

/** Reads `vers:npm/1.2.3|>=2.0.0|<5.0.0` (the VERS specification). Throws `Problem('version-range')`. */
export const parseVersionRange = (text: string): VersionSet => {
	const [, type = '', written = ''] = /^vers:([a-z][a-z0-9.-]*)\/(.+)$/.exec(text) ?? [];
	if (type === '') throw refuse(text, 'write vers:, a type such as deb, /, and constraints such as >=1.0|<2.0');
	const scheme = schemeOf(type);
	if (written === '*') return { scheme, exact: [], except: [], intervals: [{ from: null, to: null }], unclear: false };
	const constraints = trim(written, '|')
		.split('|')
		.map((one) => readConstraint(text, one));
	if (constraints.length > MOST) throw refuse(text, `it has more than ${MOST} constraints`);
	const versions = constraints.map(({ version }) => version);
	if (new Set(versions).size < versions.length) throw refuse(text, 'it names a version twice');
	const named = (comparator: string): string[] =>
		constraints.filter((one) => one.comparator === comparator).map(({ version }) => version);
	const [exact, except] = [named('='), named('!=')];
	const others = constraints.filter(({ comparator }) => comparator !== '=' && comparator !== '!=');
	const sorted = scheme && sortVersions(others, ({ version }) => version, scheme);
	// "!=1.0" alone names every other version.
	const intervals =
		others.length === 0 && exact.length === 0 ? [{ from: null, to: null }] : sorted === null ? [] : intervalsOf(sorted);
	return { scheme, exact, except, intervals, unclear: others.length > 0 && sorted === null };
};
