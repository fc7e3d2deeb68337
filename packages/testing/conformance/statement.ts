/** The two standards that the service speaks: OASIS, 7 March 2019 and 29 October 2014. */
export const standards = { 5: 'MQTT 5.0', 311: 'MQTT 3.1.1' } as const;

export type Standard = keyof typeof standards;

/** What the service says is not available, so that statements on it bind nobody here; its refusal is tested. */
export const features = {
	'QoS 2': 'CONNACK announces Maximum QoS 1',
	'topic aliases': 'CONNACK announces Topic Alias Maximum 0',
	'subscription identifiers': 'CONNACK says that they are not available',
	'shared subscriptions': 'CONNACK says that they are not available',
	'enhanced authentication': 'a certificate alone says who a peer is',
	WebSocket: 'the service has no such listener',
} as const;

export type Feature = keyof typeof features;

/** Where the service deliberately differs, and why. */
export const differences = {
	'a message is a container': {
		rule: 'A message holds readings. Each record of it is stored, and delivered as a message of the service’s own; properties of the device’s message end with it.',
		because:
			'What is kept, proved and granted is the reading ([ADR 4](adr/0004-identity-of-a-reading.md)). A reading does not expire by its message’s wish (a command does), and nothing unchecked travels beside it to readers.',
	},
	'the last reading is retained': {
		rule: 'What is retained on a topic is the last reading of its stream, whatever RETAIN says; nothing clears it.',
		because:
			'A stream always has a last reading, and a device must not be able to take back what was acknowledged ([ADR 3](adr/0003-acknowledged-means-durable.md)).',
	},
	'a stored reading is durable': {
		rule: 'A reading is delivered at the QoS that was granted, also one that came at QoS 0.',
		because: 'Once stored, a reading is as durable as any other; how it came is not kept.',
	},
} as const;

export type Difference = keyof typeof differences;

/** How a statement is held. */
export type Holding =
	/** By at least one case that passes. */
	| { readonly by: 'cases' }
	/** It binds clients alone. */
	| { readonly by: 'client' }
	/** The feature is not offered; at least one case shows how it is refused. */
	| { readonly by: 'not offered'; readonly feature: Feature }
	/** The service never does what the statement has a condition on. */
	| { readonly by: 'never'; readonly why: string }
	/** It binds the service, and no case shows it. */
	| { readonly by: 'not shown'; readonly why: string }
	/** The service deliberately differs, and at least one case shows how. */
	| { readonly by: 'our rule'; readonly rule: Difference };

/** One numbered normative statement of a standard, in our own short words. */
export interface Statement {
	readonly standard: Standard;
	/** Without the brackets and `MQTT-`: `3.1.0-1`. */
	readonly number: string;
	readonly says: string;
	readonly holding: Holding;
}

/** Of a statement, as a case names it: `5:3.1.0-1`, `311:3.1.0-1`. */
export type StatementId = `${Standard}:${string}`;

export const idOf = ({ standard, number }: Statement): StatementId => `${standard}:${number}`;

export type Row = readonly [number: string, says: string, holding?: Holding];

export const statements = (standard: Standard, rows: readonly Row[]): Statement[] =>
	rows.map(([number, says, holding = { by: 'cases' }]) => ({ standard, number, says, holding }));

export const client: Holding = { by: 'client' };
export const notOffered = (feature: Feature): Holding => ({ by: 'not offered', feature });
export const notShown = (why: string): Holding => ({ by: 'not shown', why });
export const never = (why: string): Holding => ({ by: 'never', why });
export const ourRule = (rule: Difference): Holding => ({ by: 'our rule', rule });
