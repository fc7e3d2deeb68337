import { Problem } from '../problem/problem.ts';
import type { Advisory, AdvisoryDocument, Statement } from './advisory.ts';
import { type JsonObject, jsonReader } from './json-reading.ts';
import { type PackageUrl, packageKey, parsePackageUrl } from './package-url.ts';
import { sortVersions } from './version-range.ts';
import { schemeOf, type VersionScheme } from './version-scheme.ts';
import type { Bound, Interval, VersionSet } from './version-set.ts';

const read = jsonReader('advisory-malformed', 'The OSV record');

/** OSV's ecosystems that are a type of package URL, by that type. */
const ecosystems: ReadonlyMap<string, readonly [type: string, namespace: string]> = new Map([
	['npm', ['npm', '']],
	['PyPI', ['pypi', '']],
	['Go', ['golang', '']],
	['crates.io', ['cargo', '']],
	['Hex', ['hex', '']],
	['Pub', ['pub', '']],
	['RubyGems', ['gem', '']],
	['Packagist', ['composer', '']],
	['NuGet', ['nuget', '']],
	['Debian', ['deb', 'debian']],
	['Ubuntu', ['deb', 'ubuntu']],
	['Alpine', ['apk', 'alpine']],
] as const);

/** The package as a package URL; null where the ecosystem has no type that is known here. */
const packageOf = (found: JsonObject, path: string): PackageUrl | null => {
	const ecosystem = read.needText(found['ecosystem'], `${path}.ecosystem`);
	const name = read.needText(found['name'], `${path}.name`);
	const purl = read.text(found['purl'], `${path}.purl`);
	const [system = '', release] = ecosystem.split(':', 2);
	const [type, namespace] = ecosystems.get(system) ?? [];
	try {
		const parsed =
			purl !== null
				? parsePackageUrl(purl)
				: type === undefined
					? null
					: parsePackageUrl(
							`pkg:${type}/${namespace === '' ? '' : `${namespace}/`}${encodeURI(name).replaceAll('@', '%40')}`,
						);
		const isRelease = namespace === 'debian' && release !== undefined;
		return parsed && isRelease
			? { ...parsed, qualifiers: new Map([...parsed.qualifiers, ['distro', `debian-${release}`]]) }
			: parsed;
	} catch (error) {
		if (error instanceof Problem) throw read.refuse(`${path}:`, error.detail);
		throw error;
	}
};

const kinds = ['fixed', 'introduced', 'last_affected', 'limit'] as const;

interface Event {
	readonly kind: (typeof kinds)[number];
	readonly version: string;
}

const readEvent = (value: unknown, path: string): Event => {
	const found = read.object(value, path);
	const [kind, other] = kinds.filter((one) => found[one] !== undefined);
	if (kind === undefined || other !== undefined) throw read.refuse(path, `must have one of ${kinds.join(', ')}.`);
	return { kind, version: read.needText(found[kind], `${path}.${kind}`) };
};

/** OSV schema 1.7, "evaluation": at one version a fix counts before what is introduced with it, and that before the last affected. */
const order = (event: Event): number => kinds.indexOf(event.kind);

const intervalsOf = (events: readonly Event[], scheme: VersionScheme): Interval[] | null => {
	const start = events.some(({ kind, version }) => kind === 'introduced' && version === '0');
	const rest = events.filter(({ kind, version }) => !(kind === 'introduced' && version === '0'));
	const sorted = sortVersions(
		rest.toSorted((a, b) => order(a) - order(b)),
		({ version }) => version,
		scheme,
	);
	if (sorted === null) return null;
	const intervals: Interval[] = [];
	let from: Bound | null | undefined = start ? null : undefined;
	for (const { kind, version } of sorted) {
		if (kind === 'introduced') from ??= from === null ? null : { version, inclusive: true };
		else if (from !== undefined) {
			intervals.push({ from, to: { version, inclusive: kind === 'last_affected' } });
			from = undefined;
		}
	}
	if (from !== undefined) intervals.push({ from, to: null });
	return intervals;
};

/** `affected[]`'s ranges and versions as one set, and the versions that mend it. */
const versionsOf = (found: JsonObject, type: string, path: string): { versions: VersionSet; fixed: string[] } => {
	const exact = [...read.texts(found['versions'], `${path}.versions`)];
	const intervals: Interval[] = [];
	const fixed: string[] = [];
	let unclear = false;
	let scheme = schemeOf(type);
	for (const [at, value] of read.list(found['ranges'], `${path}.ranges`).entries()) {
		const where = `${path}.ranges[${at}]`;
		const range = read.object(value, where);
		const kind = read.needText(range['type'], `${where}.type`);
		if (!['SEMVER', 'ECOSYSTEM', 'GIT'].includes(kind))
			throw read.refuse(`${where}.type`, 'must be SEMVER, ECOSYSTEM or GIT.');
		const events = read
			.list(range['events'], `${where}.events`)
			.map((one, i) => readEvent(one, `${where}.events[${i}]`));
		if (!events.some((event) => event.kind === 'introduced'))
			throw read.refuse(`${where}.events`, 'must say where it was introduced.');
		const ordered = kind === 'SEMVER' ? 'semver' : kind === 'ECOSYSTEM' ? scheme : null;
		const known = ordered && intervalsOf(events, ordered);
		// A commit is compared with no version; an order that nobody knows, with nothing.
		if (known === null) unclear = true;
		else {
			scheme ??= ordered;
			intervals.push(...known);
			fixed.push(...events.filter((event) => event.kind === 'fixed').map(({ version }) => version));
		}
	}
	const isEmpty = exact.length === 0 && intervals.length === 0 && !unclear;
	const all: Interval[] = isEmpty ? [{ from: null, to: null }] : intervals;
	// Commits beside an order that is known say the same once more.
	return { versions: { scheme, exact, except: [], intervals: all, unclear: unclear && intervals.length === 0 }, fixed };
};

/** Reads one OSV record (OSV schema 1.x). Throws `Problem('advisory-malformed')`, which says where. */
export const readOsv = (record: JsonObject): AdvisoryDocument => {
	const id = read.needText(record['id'], 'id');
	const updated = read.needInstant(record['modified'], 'modified');
	const unmatched: string[] = [];
	const statements: Statement[] = [];
	for (const [at, value] of read.list(record['affected'], 'affected').entries()) {
		const path = `affected[${at}]`;
		const found = read.object(value, path);
		const named = found['package'] === undefined ? null : read.object(found['package'], `${path}.package`);
		const purl = named && packageOf(named, `${path}.package`);
		if (purl === null) {
			unmatched.push(named === null ? 'commits alone' : `${String(named['ecosystem'])} ${String(named['name'])}`);
			continue;
		}
		statements.push({
			...{ status: 'affected', package: packageKey(purl), within: null },
			qualifiers: Object.fromEntries(purl.qualifiers),
			...versionsOf(found, purl.type, path),
		});
	}
	const advisory: Advisory = {
		...{ id, statements, unmatched },
		aliases: read.texts(record['aliases'], 'aliases'),
		summary: read.text(record['summary'], 'summary') ?? '',
		published: read.instant(record['published'], 'published'),
		withdrawn: read.instant(record['withdrawn'], 'withdrawn'),
	};
	return { format: 'osv', id, publisher: null, updated, advisories: [advisory] };
};
