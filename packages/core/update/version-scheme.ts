import { compareDeb } from './version-deb.ts';
import { comparePython } from './version-python.ts';
import { compareSemver } from './version-semver.ts';

/** How versions are ordered. */
export const versionSchemes = ['semver', 'deb', 'pypi'] as const;

export type VersionScheme = (typeof versionSchemes)[number];

/** Negative, 0 or positive as `a` is before, like or after `b`; null where one is no version of the scheme. */
export type CompareVersions = (a: string, b: string) => number | null;

const orders: Readonly<Record<VersionScheme, CompareVersions>> = {
	semver: compareSemver,
	deb: compareDeb,
	pypi: comparePython,
};

export const compareVersions = (scheme: VersionScheme, a: string, b: string): number | null => orders[scheme](a, b);

/** By the type of a package URL, which is also the name of a vers scheme. */
const schemes: ReadonlyMap<string, VersionScheme> = new Map([
	['semver', 'semver'],
	['npm', 'semver'],
	['cargo', 'semver'],
	['golang', 'semver'],
	['hex', 'semver'],
	['pub', 'semver'],
	['deb', 'deb'],
	['pypi', 'pypi'],
]);

/** Null: nobody here knows how versions of that type are ordered. */
export const schemeOf = (type: string): VersionScheme | null => schemes.get(type) ?? null;
