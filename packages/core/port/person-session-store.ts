import type { Instant } from '../units/instant.ts';
import type { PersonStep } from './person-store.ts';

/** A person's sign-in, as it is kept. */
export interface StoredPersonSession {
	/** By which it is listed and ended; it opens nothing. */
	readonly number: number;
	/** SHA-256 of the token, lower-case hex: what is kept opens no session. */
	readonly hash: string;
	readonly person: string;
	/** What the sign-in proved. */
	readonly step: PersonStep;
	/** Network address of the sign-in. */
	readonly from: string;
	/** Family and system of its browser; null for sessions of before it was kept. */
	readonly browser: string | null;
	/** What it was opened with: a passkey's id, or issuer and subject of an identity as JSON; null for sessions of before it was kept. */
	readonly credential: string | null;
	readonly opened: Instant;
	/** The last call, or one shortly before it. */
	readonly seen: Instant;
}

/** A call that takes two people. */
export interface ApprovalRequest {
	readonly number: number;
	readonly operation: string;
	/** Who called. */
	readonly asks: string;
	readonly at: Instant;
	readonly expires: Instant;
	readonly approvedBy: string | null;
	/** SHA-256 of operation and input, hex: another input is another call. */
	readonly digest: string;
	/** As the audit log would have it. */
	readonly input: string;
}

/** Who may do alone, for a while, what takes two people. */
export interface Override {
	readonly who: string;
	readonly until: Instant;
	readonly reason: string;
}

/**
 * What people began and have not ended. Each call is one commit, durable when it resolves; lists are by number, overrides by name.
 * A restore ends all of it: a backup has sessions that were ended and approvals that were used since.
 */
export interface PersonSessionStore {
	personSessions(): Promise<StoredPersonSession[]>;
	putPersonSession(session: StoredPersonSession): Promise<void>;
	/** Does nothing when it is not there any more. */
	seePersonSession(number: number, seen: Instant): Promise<void>;
	dropPersonSessions(numbers: readonly number[]): Promise<void>;
	approvalRequests(): Promise<ApprovalRequest[]>;
	/** Replaces the one of the same number. */
	putApprovalRequest(request: ApprovalRequest): Promise<void>;
	dropApprovalRequests(numbers: readonly number[]): Promise<void>;
	overrides(): Promise<Override[]>;
	/** Replaces the one of the same caller, and forgets those that ended by `now`. */
	putOverride(override: Override, now: Instant): Promise<void>;
}
