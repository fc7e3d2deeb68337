import type { Instant } from '../units/instant.ts';

/** This reader may read this stream, for this purpose, until then. */
export interface Grant {
	readonly id: string;
	readonly application: string;
	readonly reader: string;
	/** A device id, or `*` for every device of the application. */
	readonly device: string;
	readonly stream: string;
	readonly purpose: string;
	readonly from: Instant;
	readonly expires: Instant;
	/** When it was taken back before its time; null while it stands. */
	readonly ended: Instant | null;
	/** Who holds it: the service itself, unless said; or a roster that the owner signs. In the scale of `explicit-readers`; not stored. */
	readonly held?: 'roster' | 'roster-2-of-3';
	/** The registry's ledger did not record it as it was when the service started, so it lets nobody read. Not stored. */
	readonly unrecorded?: true;
}

/** Grants. Each call is one commit, durable when it resolves; of two ends of one grant, one is told that it ended it. */
export interface GrantStore {
	/** Adds a grant. Throws `Problem('store-failed')` when its id was used. */
	putGrant(grant: Grant): Promise<void>;
	/** False when there is no such grant or it has ended. */
	endGrant(id: string, at: Instant): Promise<boolean>;
	/** Also those that ended or expired. */
	grants(application?: string): Promise<Grant[]>;
}
