import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import type { Cursor } from './reading-store.ts';
import type { PrincipalName } from '../device/principal-name.ts';

/** A will: what the service publishes for a device whose connection is lost (MQTT 5 §3.1.2.5). */
export interface KeptWill {
	readonly topic: string;
	readonly payload: Uint8Array;
	readonly qos: 0 | 1;
	/** Will Delay Interval (MQTT 5 §3.1.3.2.2). */
	readonly delay: Milliseconds;
}

/** A subscription as it was asked for (MQTT 5 §3.8.3). */
export interface KeptSubscription {
	readonly filter: string;
	readonly qos: 0 | 1;
	readonly retainAsPublished: boolean;
}

/** What an MQTT session keeps beyond its connection (MQTT 5 §4.1). One for each principal. */
export interface KeptSession {
	readonly principal: PrincipalName;
	readonly clientId: string;
	/** Session Expiry Interval; 0 ends it with its connection, infinity never. */
	readonly expiry: Milliseconds;
	/** When its connection ended; null while it is open, or when the service ended first. */
	readonly disconnected: Instant | null;
	readonly subscriptions: readonly KeptSubscription[];
	/** How far the peer has acknowledged each stream; a stream's own id. */
	readonly cursors: readonly { readonly stream: number; readonly cursor: Cursor }[];
	/** Null when there is none, or when it was published or deleted. */
	readonly will: KeptWill | null;
}

/** A message for a device, kept until the device has acknowledged it, however long it sleeps. */
export interface Command {
	/** Unique; a device that gets it twice knows it by this. */
	readonly id: string;
	readonly application: string;
	readonly device: string;
	/** Opaque to the service. */
	readonly payload: Uint8Array;
	readonly contentType: string;
	readonly at: Instant;
	/** Not delivered from then on. */
	readonly expires: Instant;
	/** When the device acknowledged it; null while it has not. */
	readonly delivered: Instant | null;
}

/** What outlives a link: MQTT sessions and the commands that wait for sleeping devices. */
export interface LinkStore {
	/** Keeps the session in place of the principal's earlier one. */
	putSession(session: KeptSession): Promise<void>;
	session(principal: PrincipalName): Promise<KeptSession | null>;
	sessions(): Promise<KeptSession[]>;
	/** Forgets it; changes nothing when there is none. */
	endSession(principal: PrincipalName): Promise<void>;

	/** Throws `Problem('store-failed')` when its id was used. */
	putCommand(command: Command): Promise<void>;
	/** Of one device or of an application, oldest first, delivered and expired ones too. */
	commands(application: string, device?: string): Promise<Command[]>;
	/** The first delivery stands. False when there is no such command. */
	deliverCommand(id: string, at: Instant): Promise<boolean>;
	/** Forgets commands that were delivered or had expired before that moment. Gives how many. */
	forgetCommands(before: Instant): Promise<number>;
}
