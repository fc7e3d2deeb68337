import type { OperationName } from '@keyward/contract';
import type { Refusal, Instant, Milliseconds } from '@keyward/core';
import type { Link, LinkStep } from '@keyward/core/authorize';
import type { ContentType, Identity, TimeBounds } from '@keyward/core/observe';
import type { Parameters, StreamTerms, TopicMap } from '@keyward/core/policy';
import type { KnownAtStart } from './proved-network.ts';
import type { Command, Cursor, StoredSubscription, LastMessage, PersonRole, PrincipalName } from '@keyward/core/port';

/** A link worker asks whether a peer may open a session. */
export interface OpenSession {
	/** SHA-256 of the certificate's DER, lower-case hex. */
	readonly fingerprint: string;
	/** What its TLS client offered, as `readClientHello` has it. */
	readonly hello: string;
	readonly link: Link;
	readonly clientId: string;
	/** Clean Start (MQTT 5 §3.1.2.4). */
	readonly clean: boolean;
	/** Session Expiry Interval that was asked for. */
	readonly expiry: Milliseconds;
	readonly will: LastMessage | null;
	/** What the peer says that it runs. */
	readonly software: SaidSoftware;
}

/** Of CONNECT's user properties (docs/mqtt.md): the peer's own word, and no more. Null: it does not say. */
export interface SaidSoftware {
	readonly version: string | null;
	readonly agent: string | null;
}

/** What the committer answers: the session's rights, or why there is none. */
export type SessionAnswer = SessionOpened | { readonly refusals: readonly Refusal[] };

/** What a session may do. Terms and parameters are the application's: `PolicyEvent` brought them before. */
export interface SessionRights {
	/** Never used again, so that a late batch of a session that was cut is told apart. */
	readonly session: number;
	readonly principal: PrincipalName;
	/** The streams that this device may write, and the highest identity that each has; none for a reader. */
	readonly streams: readonly {
		readonly id: number;
		readonly name: string;
		readonly newest: Identity;
		/** Of a sealed stream: its newest epoch's row and the rows after it, as the next checkpoint needs them. */
		readonly sealed: readonly Uint8Array[];
	}[];
	/** The stream keys that this device registered: what its signatures are checked by where there is no owner's roster. */
	readonly streamKeys: readonly Uint8Array[];
	/** What devices of its class publish as their manufacturer made them, the topics as this device has them. */
	readonly topics: readonly TopicMap[];
	/** Why none but the essential streams may be written now; null when nothing is withheld. */
	readonly withheld: Refusal | null;
	/** Since when the name stands for this device: it has no readings of a time before. */
	readonly since: Instant;
}

/** A session that was opened. */
export interface SessionOpened extends SessionRights {
	/** Why its will is not kept; null where it is, or none was given. */
	readonly willPassedOver: string | null;
	/** Session Present (MQTT 5 §3.2.2.1.1). */
	readonly present: boolean;
	/** Session Expiry Interval that is granted. */
	readonly expiry: Milliseconds;
	/** Subscriptions that were kept, and what their filters reach now. */
	readonly subscriptions: readonly Subscribed[];
	/** ResumableSession filters that no right stands behind any more. */
	readonly dropped: readonly string[];
	/** How far the peer has each stream that it was subscribed to. */
	readonly progress: readonly Progress[];
	readonly inFlight: readonly InFlight[];
	/** Streams that are in flight without a subscription, and that the peer may still read. */
	readonly begun: readonly FollowedStream[];
}

/** News to a worker, before the first session that it concerns: what an application's policy says now. */
export interface PolicyEvent {
	readonly application: string;
	readonly parameters: Parameters;
	readonly streams: ReadonlyMap<string, StreamTerms>;
	/** The owner's rosters that the service holds, as they were signed, the one in force first. */
	readonly rosters: readonly Uint8Array[];
}

/** How a connection ended, and what its session keeps. */
export interface CloseSession {
	readonly session: number;
	/** Whether the will is to be published: anything but DISCONNECT with reason code 0x00 (MQTT 5 §3.14.4). */
	readonly will: boolean;
	/** What DISCONNECT made of the Session Expiry Interval; null leaves it. */
	readonly expiry: Milliseconds | null;
	readonly state: SessionState;
}

/** What a session has of its deliveries (MQTT 5 §4.1). */
export interface SessionState {
	readonly progress: readonly Progress[];
	/** In the order of their sending. */
	readonly inFlight: readonly InFlight[];
}

/** How far a stream went to a subscriber: all up to `acknowledged` is acknowledged, and nothing after `sent` was sent. */
export interface Progress {
	readonly stream: number;
	readonly acknowledged: Cursor;
	readonly sent: Cursor;
}

/** A delivery with QoS 1 that the peer has not acknowledged. */
export type InFlight =
	| {
			readonly identifier: number;
			readonly stream: number;
			readonly cursor: Cursor;
			/** It went out as the stream's retained message. */
			readonly retained: boolean;
	  }
	| { readonly identifier: number; readonly command: string };

/** News from a worker: what a subscriber has acknowledged since. */
export interface ProgressEvent {
	readonly session: number;
	readonly progress: readonly Progress[];
}

/** Asks a worker to end a session that another takes over, and for what it has of its deliveries. */
export interface Handover {
	readonly session: number;
	readonly refusal: Refusal;
}

/** The records that a worker gathered since its last batch. */
export interface Batch {
	readonly bytes: Uint8Array;
	/** Of one peer, and with records that may be known already: decided a few at a time, beside everybody else's. */
	readonly duplicates: boolean;
}

/** Messages of a batch that were refused; every other message is durable. */
export interface BatchAnswer {
	readonly refused: readonly { readonly message: number; readonly refusal: Refusal }[];
}

/** A session asks to receive what matches the filters (MQTT 5 §4.7); one answer for each, null when no right stands behind it. */
export interface Subscribe {
	readonly session: number;
	readonly subscriptions: readonly StoredSubscription[];
}

export interface Unsubscribe {
	readonly session: number;
	readonly filters: readonly string[];
}

/** A subscription that stands. */
export interface Subscribed extends StoredSubscription {
	readonly streams: readonly FollowedStream[];
	/** It also reaches the device's own commands. */
	readonly commands: boolean;
	/** It is of the news that the owner's roster is another. */
	readonly rosters: boolean;
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
	readonly type: ContentType;
	readonly payload: Uint8Array;
	/** Of the transport it came by. */
	readonly flags: number;
	/** Its device was contained, and nobody may trust it. */
	readonly tainted?: true;
}

/** News to a worker that has followers of the stream: rows that are durable now. */
export interface Advanced {
	readonly stream: number;
	readonly rows: readonly PushedRow[];
}

/** A worker asks for rows that a follower lacks, of several streams; one page for each. */
export interface PageRequest {
	readonly session: number;
	readonly wants: readonly Want[];
}

export interface Want {
	readonly stream: number;
	readonly after: Cursor;
	readonly limit: number;
}

/** A worker asks for commands that wait for the session's device, after number `after`. */
export interface CommandRequest {
	readonly session: number;
	readonly after: number;
	readonly limit: number;
}

export interface WaitingCommand extends Pick<Command, 'id' | 'payload' | 'contentType' | 'expires'> {
	/** Rising, and good for as long as the session. */
	readonly number: number;
}

/** News from a worker: the device has acknowledged a command. */
export interface CommandDelivered {
	readonly session: number;
	readonly id: string;
	/** False when its PUBACK carried a reason code of 0x80 or above. */
	readonly accepted: boolean;
}

/** A worker asks to keep what a device signed of what became of a command. */
export interface CommandReceipt {
	readonly session: number;
	readonly receipt: Uint8Array;
}

/** News from a worker, about once a second while devices publish. */
export interface Acknowledgements {
	/** The longest that an admitted device waited for one since the last news, or waits now. */
	readonly longest: Milliseconds;
}

/** A refusal that was given to a peer, or several that differ in nothing but their reason: the last one's is told. */
export interface GivenRefusal extends Refusal {
	/** Empty for a stranger. */
	readonly application: string;
	/** Who got it; null where only a certificate is known, or nothing. */
	readonly principal: PrincipalName | null;
	/** Of the certificate that was shown, lower-case hex; null where none was. */
	readonly fingerprint: string | null;
	readonly times: number;
	/** Who was signed in, and the operation that they were refused. */
	readonly person?: RefusedPerson;
}

export interface RefusedPerson {
	readonly name: string;
	readonly role: PersonRole;
	readonly operation: OperationName;
}

/** News from a worker: refusals that it gave since the last. */
export type GivenRefusals = readonly GivenRefusal[];

/** What each worker is started with. */
export interface LinkWorkerData extends TimeBounds {
	readonly host: string;
	/** Each worker listens on every port; connections spread over them. */
	readonly listeners: readonly { readonly port: number; readonly floor: LinkStep }[];
	/** Whether other workers listen there too; else the port is this worker's alone. */
	readonly shared: boolean;
	readonly tls: TlsMaterial;
	readonly networks: KnownAtStart;
	/** How long a peer has to finish its handshake and its CONNECT. */
	readonly patience: Milliseconds;
}

export interface TlsMaterial {
	/** PEM of the service's certificate and the service CA. */
	readonly certificate: string;
	/** PEM of the service's private key. */
	readonly key: string;
	/** PEM of the site root and the issuing CAs. */
	readonly clientAuthorities: string;
}
