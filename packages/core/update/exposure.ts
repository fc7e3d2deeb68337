import type { Instant } from '../units/instant.ts';
import type { Advisory, AdvisoryDocument, Statement, Status } from './advisory.ts';
import type { BillComponent, BillOfMaterials } from './bill-of-materials.ts';
import { packageKey, printPackageUrl } from './package-url.ts';
import { compareVersions, schemeOf } from './version-scheme.ts';
import { contains, type Membership } from './version-set.ts';

/** A document as the site has it. */
export interface KnownDocument extends AdvisoryDocument {
	/** When it was first imported. */
	readonly imported: Instant;
	/** Whether its word that something is not affected, or fixed, is taken. */
	readonly trusted: boolean;
}

/** How one component stands to one vulnerability. `cannot-tell` counts as exposed. */
export interface Exposure {
	readonly vulnerability: string;
	readonly aliases: readonly string[];
	readonly summary: string;
	/** The component by its package URL. */
	readonly component: string;
	readonly status: Status | 'cannot-tell';
	/** When its clock began: publication, or the import where that is not said or lies ahead. */
	readonly since: Instant;
	/** The least version that mends it; null where none is told. */
	readonly fixed: string | null;
	/** Who says so: documents by their ids. */
	readonly documents: readonly string[];
}

/** Whether a device that runs it is exposed, as far as anybody can tell. */
export const isExposed = ({ status }: Pick<Exposure, 'status'>): boolean =>
	status === 'affected' || status === 'under-investigation' || status === 'cannot-tell';

interface Entry {
	readonly document: KnownDocument;
	readonly advisory: Advisory;
	readonly statement: Statement;
}

/** Statements by the package that they are about. */
export type AdvisoryIndex = ReadonlyMap<string, readonly Entry[]>;

export const indexAdvisories = (documents: readonly KnownDocument[]): AdvisoryIndex =>
	Map.groupBy(
		documents.flatMap((document) =>
			document.advisories
				.filter(({ withdrawn }) => withdrawn === null)
				.flatMap((advisory) => advisory.statements.map((statement) => ({ document, advisory, statement }))),
		),
		({ statement }) => statement.package,
	);

/** Releases of Debian by their names, which tools write into purls as well as the numbers. */
const releases: Readonly<Record<string, string>> = {
	buster: 'debian-10',
	bullseye: 'debian-11',
	bookworm: 'debian-12',
	trixie: 'debian-13',
	forky: 'debian-14',
};

const release = (distro: string): string => releases[distro] ?? distro.replace(/^(debian-\d+)\..*$/, '$1');

const isGood = (status: Status): boolean => status === 'fixed' || status === 'not-affected';

/** Whether the statement can be about this build of the package: of good news all must agree, of bad nothing may contradict. */
const isSameBuild = ({ qualifiers, status }: Statement, component: BillComponent): boolean =>
	Object.entries(qualifiers).every(([key, value]) => {
		const own = component.purl?.qualifiers.get(key);
		if (own === undefined) return !isGood(status);
		if (key === 'distro') return release(own) === release(value);
		return own === value || (!isGood(status) && key !== 'arch');
	});

/** Whether the whole that the statement speaks of is what the bill is of. */
const isWithin = ({ within, status }: Statement, subject: BillComponent | null): boolean => {
	if (within === null) return true;
	const purl = subject?.purl ?? null;
	if (purl === null) return !isGood(status);
	if (packageKey(purl) !== within.package) return false;
	const found = contains(within.versions, subject?.version ?? null);
	return found === 'in' || (found === 'cannot-tell' && !isGood(status));
};

/** Names under which statements about a component stand: its own, and its source package's (`upstream`), which Debian's advisories name. */
const keysOf = ({ purl }: BillComponent): { readonly key: string; readonly version: string | null }[] => {
	if (purl === null) return [];
	const own = { key: packageKey(purl), version: purl.version };
	const [upstream = '', version] = purl.qualifiers.get('upstream')?.split('@') ?? [];
	const source = { key: packageKey({ ...purl, name: upstream }), version: version ?? purl.version };
	return upstream === '' || upstream === purl.name ? [own] : [own, source];
};

interface Said extends Entry {
	readonly membership: Membership;
}

/** Names of one vulnerability; of more CVEs in one record each counts for itself. */
const namesOf = ({ id, aliases }: Advisory): string[] => [id, ...aliases];

/**
 * Whether good news about every CVE of this advisory, or about its id where it has none, is given for the component, and by which
 * documents: the newest of each trusted publisher counts, and no other document may say the opposite.
 */
const excusedBy = (advisory: Advisory, said: readonly Said[]): { status: Status; documents: string[] } | null => {
	const names = namesOf(advisory);
	const cves = names.filter((name) => name.startsWith('CVE-'));
	const documents: string[] = [];
	let status: Status = 'not-affected';
	for (const wanted of cves.length === 0 ? [advisory.id] : cves) {
		const about = said.filter((one) => one.document.format === 'csaf' && namesOf(one.advisory).includes(wanted));
		const newest = [...Map.groupBy(about, ({ document }) => document.publisher).values()].flatMap((own) => {
			const latest = Math.max(...own.map(({ document }) => document.updated));
			return own.filter(({ document }) => document.updated === latest);
		});
		const isOpen = newest.some(({ statement, membership }) => !isGood(statement.status) && membership !== 'out');
		const good = newest.filter(
			({ statement, membership, document }) => document.trusted && isGood(statement.status) && membership === 'in',
		);
		if (isOpen || good.length === 0) return null;
		if (good.some(({ statement }) => statement.status === 'fixed')) status = 'fixed';
		documents.push(...good.map(({ document }) => document.id));
	}
	return { status, documents: [...new Set(documents)] };
};

const leastFix = (type: string, version: string | null, fixes: readonly string[]): string | null => {
	const scheme = schemeOf(type);
	if (scheme === null) return fixes[0] ?? null;
	const later = fixes.filter((fix) => version === null || (compareVersions(scheme, fix, version) ?? 1) > 0);
	return later.toSorted((a, b) => compareVersions(scheme, a, b) ?? 0)[0] ?? null;
};

const exposuresOf = (component: BillComponent, said: readonly Said[], now: Instant): Exposure[] => {
	const { purl, version } = component;
	if (purl === null) return [];
	return [...Map.groupBy(said, ({ advisory }) => advisory)].flatMap(([advisory, own]): Exposure[] => {
		const open = own.filter(({ statement, membership }) => !isGood(statement.status) && membership !== 'out');
		const [first] = open.length > 0 ? open : own;
		if (first === undefined) return [];
		const { document } = first;
		const excuse = excusedBy(advisory, said);
		const told = { vulnerability: advisory.id, aliases: advisory.aliases, summary: advisory.summary };
		// Published in the future, or nobody says when: it is known from the import on.
		const since = Math.min(advisory.published ?? document.imported, document.imported, now);
		const about = { ...told, component: printPackageUrl(purl), since };
		if (excuse !== null)
			return [
				{ ...about, status: excuse.status, fixed: null, documents: [...new Set([document.id, ...excuse.documents])] },
			];
		if (open.length === 0) return [];
		const isSure = open.some(({ membership }) => membership === 'in');
		const isAffected = open.some(({ statement, membership }) => membership === 'in' && statement.status === 'affected');
		const fixes = open.flatMap(({ statement }) => statement.fixed);
		return [
			{
				...about,
				status: isAffected ? 'affected' : isSure ? 'under-investigation' : 'cannot-tell',
				fixed: leastFix(purl.type, version, fixes),
				documents: [document.id],
			},
		];
	});
};

/** How what a bill names stands to all that is known: exposed first, and of those the longest known. */
export const findExposures = (
	{ subject, components }: Pick<BillOfMaterials, 'subject' | 'components'>,
	index: AdvisoryIndex,
	now: Instant,
): Exposure[] => {
	const all = subject === null ? components : [subject, ...components];
	const found = new Map<string, Exposure>();
	for (const component of all) {
		const said = keysOf(component).flatMap(({ key, version }) =>
			(index.get(key) ?? [])
				.filter(({ statement }) => isSameBuild(statement, component) && isWithin(statement, subject))
				.map((entry): Said => ({
					...entry,
					membership: contains(entry.statement.versions, version ?? component.version),
				})),
		);
		for (const exposure of exposuresOf(component, said, now))
			found.set(`${exposure.vulnerability} ${exposure.documents.join()} ${exposure.component}`, exposure);
	}
	return [...found.values()].toSorted((a, b) => Number(isExposed(b)) - Number(isExposed(a)) || a.since - b.since);
};
