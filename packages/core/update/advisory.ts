import type { Instant } from '../units/instant.ts';
import type { VersionSet } from './version-set.ts';

/** What a document says of a package. */
export const statuses = ['affected', 'under-investigation', 'fixed', 'not-affected'] as const;

export type Status = (typeof statuses)[number];

/** What a document says of some versions of one package. */
export interface Statement {
	readonly status: Status;
	/** As `packageKey` writes it. */
	readonly package: string;
	/** What is stated of the package's builds besides; a component that states otherwise is another. */
	readonly qualifiers: Readonly<Record<string, string>>;
	/** Only within this product, by its package URL's key and versions; null: wherever the package is. */
	readonly within: { readonly package: string; readonly versions: VersionSet } | null;
	readonly versions: VersionSet;
	/** Versions that mend it. */
	readonly fixed: readonly string[];
}

/** A known vulnerability, as one document tells it. */
export interface Advisory {
	/** OSV's id; for CSAF the CVE, or the document's id and the vulnerability's place in it. */
	readonly id: string;
	readonly aliases: readonly string[];
	readonly summary: string;
	/** Null: the document does not say, and the import counts. */
	readonly published: Instant | null;
	readonly withdrawn: Instant | null;
	readonly statements: readonly Statement[];
	/** Products and packages that it names in a way that no bill can be compared with. */
	readonly unmatched: readonly string[];
}

/** A document of advisories, read. */
export interface AdvisoryDocument {
	readonly format: 'osv' | 'csaf';
	/** Unique among the publisher's documents; a later one of this id replaces it. */
	readonly id: string;
	/** Who says it: CSAF's publisher by its namespace; null for OSV. */
	readonly publisher: string | null;
	/** Of two documents of one id, the later stands. */
	readonly updated: Instant;
	readonly advisories: readonly Advisory[];
}
