import { compareVersions, type VersionScheme } from './version-scheme.ts';

/** One end of an interval. */
export interface Bound {
	readonly version: string;
	readonly inclusive: boolean;
}

export interface Interval {
	/** Null: from the first version on. */
	readonly from: Bound | null;
	/** Null: without an end. */
	readonly to: Bound | null;
}

/** Versions of one package, as a statement names them. */
export interface VersionSet {
	/** Null: nobody here knows how they are ordered, and none but those named one by one can be told. */
	readonly scheme: VersionScheme | null;
	readonly exact: readonly string[];
	readonly except: readonly string[];
	readonly intervals: readonly Interval[];
	/** True where more is named that cannot be read here: whether a version is in that, nobody can tell. */
	readonly unclear: boolean;
}

/** `cannot-tell` is never `out`: what nobody can compare may be exposed. */
export type Membership = 'in' | 'out' | 'cannot-tell';

export const everyVersion: VersionSet = Object.freeze({
	...{ scheme: null, exact: [], except: [], unclear: false },
	intervals: [{ from: null, to: null }],
});

export const oneVersion = (scheme: VersionScheme | null, version: string): VersionSet => ({
	...{ scheme, exact: [version], except: [], intervals: [], unclear: false },
});

/** Whether the version is one of the set; null: the version is not known. */
export const contains = (set: VersionSet, version: string | null): Membership => {
	const { scheme, exact, except, intervals } = set;
	if (intervals.some(({ from, to }) => from === null && to === null) && except.length === 0) return 'in';
	if (version === null) return 'cannot-tell';
	let unclear = set.unclear;
	const compare = (other: string): number | null => {
		if (other === version) return 0;
		const order = scheme === null ? null : compareVersions(scheme, version, other);
		if (order === null) unclear = true;
		return order;
	};
	const isOneOf = (versions: readonly string[]): boolean =>
		versions.includes(version) || versions.some((one) => compare(one) === 0);
	if (isOneOf(exact)) return 'in';
	if (isOneOf(except)) return 'out';
	const isWithin = ({ from, to }: Interval): boolean => {
		const after = from === null ? 1 : compare(from.version);
		const before = to === null ? -1 : compare(to.version);
		if (after === null || before === null) return false;
		return (
			(after > 0 || (after === 0 && from?.inclusive === true)) &&
			(before < 0 || (before === 0 && to?.inclusive === true))
		);
	};
	if (intervals.some(isWithin)) return 'in';
	return unclear ? 'cannot-tell' : 'out';
};
