import type { Instant, Refusal } from '@keyward/core';
import type { TimeBounds } from '@keyward/core/observe';
import type { StoredSubscription } from '@keyward/core/port';
import type {
	CommandRequest,
	OpenSession,
	PageRequest,
	PushedRow,
	SessionAnswer,
	SessionOpened,
	SessionRights,
	Subscribed,
	WaitingCommand,
} from '../../thread/link-messages.ts';
import type { Batcher } from './batcher.ts';
import type { Roster } from '@keyward/core/seal';
import type { Connection, Rights } from './connection.ts';

/** What the packets' own files need of the listener that they belong to. */
export interface LinkListener {
	now(): Instant;
	/** The times that the site takes. */
	readonly bounds: TimeBounds;
	/** Counts a refusal by its code. */
	count(code: string): void;
	/** Counts a refusal that a peer was given, and tells who got it and why: that is its requirement's evidence. */
	refused(connection: Pick<Connection, 'rights' | 'fingerprint'>, refusal: Refusal): void;
	/** A bug or a failure behind the door; never the peer's fault. */
	report(error: unknown): void;

	openSession(request: OpenSession): Promise<SessionAnswer>;
	/** A session whose peer was gone when it was opened. */
	closeUnused(session: SessionOpened): void;
	/** What a session may do, with what its application's policy says now. */
	rightsOf(rights: SessionRights): Rights;
	/** The owner's roster of an application that is in force; null without one. */
	rosterOf(application: string): Roster | null;
	/** The connection's part in its session is over: what is left of it goes to the committer, once. */
	leave(connection: Connection): void;
	/** From now on, news of the session reaches the connection. */
	bind(connection: Connection, session: number): void;

	readonly batcher: Batcher<Connection>;
	/** A batcher for one peer's messages that may be known already. */
	duplicateBatcher(): Batcher<Connection>;

	subscribe(session: number, subscriptions: readonly StoredSubscription[]): Promise<readonly (Subscribed | null)[]>;
	unsubscribe(session: number, filters: readonly string[]): Promise<void>;
	follow(connection: Connection, stream: number): void;
	unfollow(connection: Connection, stream: number): void;
	/** Pages of rows, in the order of the wants. */
	page(request: PageRequest): Promise<readonly (readonly PushedRow[])[]>;
	commands(request: CommandRequest): Promise<readonly WaitingCommand[]>;
	/** Keeps a receipt of a command; null where it was taken. */
	receipt(session: number, receipt: Uint8Array): Promise<Refusal | null>;
	delivered(session: number, command: string, accepted: boolean): void;
}
