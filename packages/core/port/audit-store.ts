import type { Instant } from '../units/instant.ts';

/** One call of an operation that changes something. */
export interface AuditEntry {
	/** In the order of the calls; never used for another. */
	readonly number: number;
	/** When it was about to be done. */
	readonly at: Instant;
	/** Who called. */
	readonly who: string;
	readonly operation: string;
	/** The application that the input names; null when it names none. */
	readonly application: string | null;
	/** The input as JSON, without what is withheld. */
	readonly input: string;
	/** When it ended, and how: `done` or an error code. Null while it is under way, and for ever when the service stopped within it. */
	readonly ended: { readonly at: Instant; readonly result: string } | null;
}

/** What is looked for, newest first. */
export interface AuditQuery {
	readonly since?: Instant;
	/** Calls of this application, and those that name none. */
	readonly application?: string;
	/** Only older ones than this number. */
	readonly before?: number;
	readonly limit: number;
}

/**
 * Who changed what. Each call is one commit, durable when it resolves, so that a crash within an operation leaves its trace; covered by
 * the registry's ledger (`RegistryLog`).
 */
export interface AuditStore {
	/** Gives its number. */
	beginAction(entry: Omit<AuditEntry, 'number' | 'ended'>): Promise<number>;
	/** The first end stands. */
	endAction(number: number, at: Instant, result: string): Promise<void>;
	actions(query: AuditQuery): Promise<AuditEntry[]>;
	/** Forgets those begun before that moment. Gives how many. */
	forgetActions(before: Instant): Promise<number>;
}
