import type { Refusal, Instant, Milliseconds } from '@keyward/core';
import type { Link } from '@keyward/core/authorize';
import type { Parameters, StreamTerms } from '@keyward/core/policy';
import type { Cursor, PrincipalName } from '@keyward/core/port';

/** A link worker asks whether a peer may open a session. */
export interface OpenSession {
	/** The worker's own number for the connection. */
	readonly connection: number;
	/** SHA-256 of the certificate's DER, lower-case hex. */
	readonly fingerprint: string;
	readonly link: Link;
}

/** What the committer answers: the session's rights, or why there is none. */
export type SessionAnswer = SessionRights | { readonly refusals: readonly Refusal[] };

export interface SessionRights {
	/** Never used again, so that a late batch of a session that was cut is told apart. */
	readonly session: number;
	readonly principal: PrincipalName;
	/** The streams that this device may write; none for a reader. */
	readonly streams: readonly { readonly id: number; readonly terms: StreamTerms }[];
	readonly parameters: Parameters;
}

/** The records that a worker gathered since its last batch. */
export interface Batch {
	readonly bytes: Uint8Array;
}

/** Messages of a batch that were refused; every other message is durable. */
export interface BatchAnswer {
	readonly refused: readonly { readonly message: number; readonly refusal: Refusal }[];
}

/** A session asks to receive what matches a filter (MQTT 5 §4.7). */
export interface Subscribe {
	readonly session: number;
	readonly filter: string;
}

/** A stream that a session follows. */
export interface FollowedStream {
	readonly id: number;
	readonly application: string;
	readonly device: string;
	readonly stream: string;
	readonly last: Cursor;
}

/** News to a worker: the session's rights are others now. */
export interface RightsChanged {
	readonly session: number;
	readonly rights: SessionRights;
}

/** News to a worker: what a session follows now, of one filter. */
export interface FollowChanged {
	readonly session: number;
	readonly filter: string;
	readonly streams: readonly FollowedStream[];
}

/** News to a worker: end this session. */
export interface CutSession {
	readonly session: number;
	readonly refusal: Refusal;
}

export interface PushedRow {
	readonly cursor: Cursor;
	readonly time: Instant;
	readonly record: Uint8Array;
}

/** News to a worker that has followers of the stream: rows that are durable now. */
export interface Advanced {
	readonly stream: number;
	readonly rows: readonly PushedRow[];
}

/** A worker asks for rows that a lagging follower missed. */
export interface PageRequest {
	readonly session: number;
	readonly stream: number;
	readonly after: Cursor;
	readonly limit: number;
}

/** What each worker is started with. */
export interface LinkWorkerData {
	readonly host: string;
	readonly port: number;
	readonly tls: TlsMaterial;
	/** How long a peer has to finish its handshake and its CONNECT. */
	readonly patience: Milliseconds;
	/** The least key agreement that the listener takes. */
	readonly groups: Link['groups'];
	/** Accept TLS 1.2 too; what the policy says of it is judged at each session. */
	readonly allowTls12: boolean;
}

export interface TlsMaterial {
	/** PEM of the service's certificate and the service CA. */
	readonly certificate: string;
	/** PEM of the service's private key. */
	readonly key: string;
	/** PEM of the site root and the issuing CAs. */
	readonly clientAuthorities: string;
}
