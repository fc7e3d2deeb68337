import type { Instant, Refusal } from '@keyward/core';
import type { Policy } from '@keyward/core/policy';
import type { IssuedCertificate, PrincipalName } from '@keyward/core/port';
import type { Channel } from '../thread/channel.ts';
import type {
	CloseSession,
	FollowedStream,
	OpenSession,
	SaidSoftware,
	SessionAnswer,
	Subscribed,
} from '../thread/link-messages.ts';
import type { ResumableSession } from './resumable-session.ts';

/** What a session is told in whose place another came. */
export const takenOver: Refusal = {
	code: 'taken-over',
	requirement: 'unique-key',
	reason: 'another session was opened with the same identity',
};

/** A session as the committer holds it. */
export interface LiveSession {
	/** Within this process. */
	readonly id: number;
	/** Of the identity's lease: above that of every instance that had it before. */
	readonly fence: number;
	readonly worker: Channel;
	readonly fingerprint: Uint8Array;
	readonly link: OpenSession['link'];
	readonly principal: PrincipalName;
	/** Ids of the streams that it may write. */
	writes: ReadonlySet<number>;
	/** The measure despite which it may write its essential streams, and those alone (essential-function); null: a full session. */
	despite: Refusal | null;
	/** When it has to be judged again at the latest. */
	until: Instant;
	/** Its filters that reach the device's own commands. */
	readonly commandFilters: Set<string>;
	/** Streams of deliveries that were begun before their subscription ended. */
	readonly begun: Set<number>;
}

/** What the subscriptions of a session reach when it is taken up again; those without a right any more are dropped. */
export interface Resumed {
	readonly subscriptions: readonly Subscribed[];
	readonly dropped: readonly string[];
	/** Streams that are in flight without a subscription, and that the peer may still read. */
	readonly begun: readonly FollowedStream[];
}

/** Takes up what is kept of a session's subscriptions; every right is judged again. */
export type Resume = (session: LiveSession, kept: ResumableSession) => Promise<Resumed>;

/** What another policy would do to a live session, and why. */
export interface WouldCut {
	readonly principal: PrincipalName;
	readonly refusal: Refusal;
	/** It would go on for its essential streams, and for those alone. */
	readonly essential: boolean;
}

/** Every live session: one for each certificate identity, the newest. */
export interface Sessions {
	open(worker: Channel, request: OpenSession): Promise<SessionAnswer>;
	close(end: CloseSession): void;
	get(session: number): LiveSession | undefined;
	of(principal: PrincipalName): LiveSession | undefined;
	all(): Iterable<LiveSession>;
	fence(session: number, stream: number): Refusal | null;
	cut(session: LiveSession, refusal: Refusal): void;
	/**
	 * Cuts the principal's session, then records why it must not come back, then judges again anyone who came between. Gives what
	 * was recorded, and how many sessions were cut. Throws what `record` throws; the session is cut then too.
	 */
	cutThen<Value>(
		principal: PrincipalName,
		refusal: Refusal,
		record: () => Promise<Value>,
	): Promise<{ readonly recorded: Value; readonly cut: number }>;
	/**
	 * Judges again every session that `which` picks; cuts those that are no longer good. Gives how many were cut, once their
	 * workers act on it.
	 */
	rejudge(which: (session: LiveSession) => boolean): Promise<number>;
	/** The live sessions of its application that this policy would cut or narrow were it in force. Changes nothing. */
	wouldCut(policy: Policy): Promise<readonly WouldCut[]>;
	/** Resolves when every worker with sessions has acted on all cuts up to now. */
	heard(): Promise<void>;
	/** Cuts sessions whose identity another instance has taken since the last look. */
	giveUpLost(): Promise<void>;
	/** Ends what is kept of a principal that was revoked. */
	revoked(principal: PrincipalName): Promise<void>;
	/** A worker is gone, and its sockets with it. */
	dropWorker(worker: Channel): void;
}

/** What becomes of sessions. */
export interface SessionEvents {
	readonly onClosed: (session: LiveSession) => void;
	/** Told when a session ends because its right did: what it sent and nothing decided yet is not taken. */
	readonly onCut: (session: LiveSession) => void;
	/**
	 * Told when a principal that was not seen since its certificate was issued is here with it, or one that has certificates for
	 * other keys as well; SHA-256 of the DER.
	 */
	readonly onConnected: (fingerprint: Uint8Array) => void;
	/** Told when a session that should be over goes on for its essential streams, once for each reason. */
	readonly onDespite: (principal: PrincipalName, despite: Refusal) => void;
	/** Told when a session takes the place of one that was open. */
	readonly onTakenOver: (principal: PrincipalName) => void;
	/** Its will is on a topic outside its application, and not kept. */
	readonly onWillPassedOver: (principal: PrincipalName) => void;
	/** Told how the TLS client of an opened session began, after what it says that it runs. */
	readonly onHello: (certificate: IssuedCertificate, hello: string) => void;
	/** Told what an opened session's peer says that it runs. */
	readonly onSoftware: (principal: PrincipalName, software: SaidSoftware) => void;
}
