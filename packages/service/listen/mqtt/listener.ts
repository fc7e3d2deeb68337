import type { Instant } from '@keyward/core';
import type { FollowedStream, PageRequest, PushedRow, SessionAnswer } from '../../live/link-messages.ts';
import type { Batcher } from './batcher.ts';
import type { Connection } from './connection.ts';

/** What the packets' own files need of the listener that they belong to. */
export interface LinkListener {
	now(): Instant;
	/** Counts a refusal by its code. */
	count(code: string): void;
	/** A bug or a failure behind the door; never the peer's fault. */
	report(error: unknown): void;

	openSession(connection: Connection): Promise<SessionAnswer>;
	closeSession(session: number): void;
	/** From now on, news of the session reaches the connection. */
	bind(connection: Connection, session: number): void;

	readonly batcher: Batcher;

	/** The streams that the filter reaches; null when the peer holds no grant that it touches. */
	subscribe(session: number, filter: string): Promise<readonly FollowedStream[] | null>;
	unsubscribe(session: number, filter: string): void;
	follow(connection: Connection, stream: number): void;
	unfollow(connection: Connection, stream: number): void;
	page(request: PageRequest): Promise<readonly PushedRow[]>;
}
