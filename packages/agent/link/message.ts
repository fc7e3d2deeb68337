import { agentVersion } from '../version/agent-version.ts';
import { type ErrorCode, hours, type Instant, type Milliseconds } from '@keyward/core';

/** One PUBLISH to be made: readings of one stream. */
export interface Message {
	/** Rising; messages are published in this order. */
	readonly number: number;
	readonly topic: string;
	/** MQTT 5 §3.3.2.3.9. */
	readonly contentType: string;
	readonly payload: Uint8Array;
}

/** What the service answered to a message. Silence is no answer: such a message is sent again. */
export type Outcome =
	/** Durable at the service. */
	| { readonly kind: 'acknowledged' }
	/** Not taken of this stream while something stands against the device that an operator or a renewal ends. */
	| { readonly kind: 'withheld'; readonly why: string }
	/** Never to be sent again as it is. */
	| { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string };

/** What the service said of its time as it was connected. */
export interface ServiceTime {
	/** Null when it said nothing. */
	readonly time: Instant | null;
	/** When it was asked, by `process.hrtime`, which all processes of a machine share, in milliseconds. */
	readonly asked: Milliseconds;
	/** Its newest key epoch of each sealed stream. */
	readonly epochs: readonly (readonly [stream: string, number: number])[];
	/** Streams whose open readings it wants signed, within which time, and the unit that it keeps them in. */
	readonly signs: readonly (readonly [stream: string, within: Milliseconds, unit: string])[];
	/** Its newest number in each of those. */
	readonly sequences: readonly (readonly [stream: string, number: number])[];
	readonly taken: TakenTimes;
}

/** The times of readings that it takes: what is sealed is judged by it before it is sealed. Null: it takes any of the past, or did not say. */
export interface TakenTimes {
	readonly tolerance: Milliseconds;
	readonly earliest: Instant | null;
}

export type LinkState =
	| { readonly state: 'connecting' }
	| { readonly state: 'connected'; readonly said?: ServiceTime }
	/** Cut off; tried again after `retryIn`. */
	| { readonly state: 'waiting'; readonly why: string; readonly retryIn: Milliseconds }
	/** Nothing of this stream is taken, though others of the device are; it waits. */
	| { readonly state: 'withheld'; readonly stream: string; readonly why: string }
	/** Another agent uses this identity; tried again after `retryIn`, which is longer each time. */
	| { readonly state: 'taken-over'; readonly why: string; readonly retryIn: Milliseconds }
	| { readonly state: 'closed' };

export interface LinkSettings {
	/** Messages published and not answered yet, at most; the service may ask for fewer. */
	readonly inFlight: number;
	/** The longest wait between two tries. */
	readonly longestWait: Milliseconds;
	/** How long a session that another agent took over is left to it: at first, doubling, and at most. */
	readonly yieldWait: { readonly first: Milliseconds; readonly most: Milliseconds };
	/** How long a stream of which nothing is taken waits until it is tried again. */
	readonly withheldWait: Milliseconds;
	/** A service that leaves a message unanswered so long is left and sought again. */
	readonly patience: Milliseconds;
	/** What the service is told that runs here: the application's version, and this agent's. Null: it is not told. */
	readonly software: { readonly version: string | null; readonly agent: string | null };
	/**
	 * When the service is tried with what it must refuse: so long after a link's first acknowledgement, and no sooner after the last time
	 * than `every`, whatever link that was on; null never.
	 */
	readonly probe: { readonly first: Milliseconds; readonly every: Milliseconds } | null;
}

export const defaultSettings: LinkSettings = {
	inFlight: 10,
	longestWait: 30_000,
	yieldWait: { first: 30_000, most: 600_000 },
	withheldWait: 300_000,
	patience: 30_000,
	software: { version: null, agent: agentVersion },
	probe: { first: 60_000, every: hours(12) },
};

/** What the agent and its link child tell each other. */
export interface LinkProtocol {
	readonly question: never;
	readonly answer: never;
	readonly order:
		| {
				readonly tell: 'open';
				readonly folder: string;
				readonly settings: LinkSettings;
				/** Whether the device listens for commands. */
				readonly commands: boolean;
				/** How long it may wait for acknowledgements when it is told to close. */
				readonly grace: Milliseconds;
		  }
		| { readonly tell: 'publish'; readonly message: Message }
		/** A signed receipt of a command. */
		| { readonly tell: 'receipt'; readonly receipt: Uint8Array }
		/** The answer to `probe-due`: 0 now, else in so long. */
		| { readonly tell: 'probe'; readonly wait: Milliseconds }
		| { readonly tell: 'close' };
	readonly event:
		| { readonly tell: 'state'; readonly state: LinkState }
		/** By the service's word, the owner's roster of this number is in force. */
		| { readonly tell: 'roster'; readonly number: number }
		| { readonly tell: 'outcome'; readonly number: number; readonly outcome: Outcome }
		| { readonly tell: 'command'; readonly message: Uint8Array }
		| { readonly tell: 'probe-due' }
		| { readonly tell: 'probed'; readonly letIn: readonly string[] }
		/** The child cannot go on; it ends after this. */
		| { readonly tell: 'failed'; readonly code: string; readonly detail: string };
}
