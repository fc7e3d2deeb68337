import type { Instant } from '../units/instant.ts';

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
	/** What the device signed of what became of it; null while it said nothing. */
	readonly receipt: Uint8Array | null;
}

/** Commands that wait for sleeping devices. Each call is one commit, durable when it resolves; an id is used once, by one writer. */
export interface CommandStore {
	/** Throws `Problem('store-failed')` when its id was used. */
	putCommand(command: Command): Promise<void>;
	/** Of one device or of an application, oldest first, delivered and expired ones too. */
	commands(application: string, device?: string): Promise<Command[]>;
	/** The first delivery stands. False when there is no such command. */
	deliverCommand(id: string, at: Instant): Promise<boolean>;
	/** Its receipt, which counts as a delivery too. The first stands. False when there is no such command. */
	receiptCommand(id: string, receipt: Uint8Array, at: Instant): Promise<boolean>;
	/** Forgets commands that were delivered or had expired before that moment. Gives how many. */
	forgetCommands(before: Instant): Promise<number>;
}
