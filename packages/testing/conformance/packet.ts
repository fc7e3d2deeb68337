import { bytes, field, packet, type Part, u16, u32, varint } from './bytes.ts';

// Packets as a client writes them, byte by byte after the standards' figures, with nothing of the service's own encoder.

/** Protocol level: 4 is MQTT 3.1.1, 5 is MQTT 5. */
export type Version = 4 | 5;

/** Writers of properties (MQTT 5 §2.2.2.2), by the standard's names. */
export const property = {
	payloadFormat: (value: number) => bytes(0x01, value),
	messageExpiry: (seconds: number) => bytes(0x02, u32(seconds)),
	contentType: (text: Part) => bytes(0x03, field(text)),
	responseTopic: (text: Part) => bytes(0x08, field(text)),
	correlationData: (data: Part) => bytes(0x09, field(data)),
	subscriptionIdentifier: (value: number) => bytes(0x0b, varint(value)),
	sessionExpiry: (seconds: number) => bytes(0x11, u32(seconds)),
	assignedClientIdentifier: (text: Part) => bytes(0x12, field(text)),
	authenticationMethod: (text: Part) => bytes(0x15, field(text)),
	authenticationData: (data: Part) => bytes(0x16, field(data)),
	requestProblemInformation: (value: number) => bytes(0x17, value),
	willDelay: (seconds: number) => bytes(0x18, u32(seconds)),
	requestResponseInformation: (value: number) => bytes(0x19, value),
	reasonString: (text: Part) => bytes(0x1f, field(text)),
	receiveMaximum: (value: number) => bytes(0x21, u16(value)),
	topicAliasMaximum: (value: number) => bytes(0x22, u16(value)),
	topicAlias: (value: number) => bytes(0x23, u16(value)),
	userProperty: (name: Part, value: Part) => bytes(0x26, field(name), field(value)),
	maximumPacketSize: (value: number) => bytes(0x27, u32(value)),
} as const;

/** Properties with their length before them; nothing in MQTT 3.1.1. */
export const properties = (version: Version, parts: readonly Part[] = []): Buffer => {
	if (version === 4) return bytes();
	const body = bytes(...parts);
	return bytes(varint(body.length), body);
};

export interface Will {
	readonly topic: Part;
	readonly payload: Part;
	readonly qos?: number;
	readonly retain?: boolean;
	readonly properties?: readonly Part[];
}

export interface ConnectFields {
	readonly name?: Part;
	readonly level?: number;
	/** In place of the flags that the fields below ask for. */
	readonly flags?: number;
	readonly clean?: boolean;
	readonly keepAlive?: number;
	readonly properties?: readonly Part[];
	readonly clientId?: Part;
	readonly will?: Will;
	readonly userName?: Part;
	readonly password?: Part;
	/** After everything else. */
	readonly trailing?: Part;
}

/** CONNECT (§3.1 of both standards); a clean session of the client `peer` without keep-alive. */
export const connect = (version: Version, fields: ConnectFields = {}): Buffer => {
	const { clean = true, will, userName, password } = fields;
	const flags =
		(clean ? 0x02 : 0) |
		(will === undefined ? 0 : 0x04 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0)) |
		(password === undefined ? 0 : 0x40) |
		(userName === undefined ? 0 : 0x80);
	return packet(
		0x10,
		field(fields.name ?? 'MQTT'),
		fields.level ?? version,
		fields.flags ?? flags,
		u16(fields.keepAlive ?? 0),
		properties(version, fields.properties),
		field(fields.clientId ?? 'peer'),
		will === undefined ? [] : [properties(version, will.properties), field(will.topic), field(will.payload)],
		userName === undefined ? [] : field(userName),
		password === undefined ? [] : field(password),
		fields.trailing ?? [],
	);
};

export interface PublishFields {
	/** Bits 3 to 0 of the first byte: DUP, QoS, RETAIN. QoS 1 by default. */
	readonly flags?: number;
	/** Written when QoS is not 0. */
	readonly identifier?: number;
	readonly properties?: readonly Part[];
}

/** PUBLISH (§3.3). */
export const publish = (version: Version, topic: Part, payload: Part, fields: PublishFields = {}): Buffer => {
	const { flags = 0x02, identifier = 1 } = fields;
	const id = (flags & 0x06) === 0 ? [] : u16(identifier);
	return packet(0x30 | flags, field(topic), id, properties(version, fields.properties), payload);
};

/** PUBACK (§3.4), with a reason code when it is not success. */
export const puback = (identifier: number, reason = 0): Buffer =>
	packet(0x40, u16(identifier), reason === 0 ? [] : reason);

/** SUBSCRIBE (§3.8): each filter with its options byte, QoS 1 when none is given. */
export const subscribe = (
	version: Version,
	identifier: number,
	filters: readonly (Part | readonly [filter: Part, options: number])[],
	more: readonly Part[] = [],
): Buffer =>
	packet(
		0x82,
		u16(identifier),
		properties(version, more),
		filters.map((one) => {
			const [filter, options] = isPair(one) ? one : [one, 1];
			return [field(filter), options];
		}),
	);

const isPair = (one: Part | readonly [Part, number]): one is readonly [Part, number] =>
	Array.isArray(one) && one.length === 2 && typeof one[0] !== 'number';

/** UNSUBSCRIBE (§3.10). */
export const unsubscribe = (
	version: Version,
	identifier: number,
	filters: readonly Part[],
	more: readonly Part[] = [],
): Buffer =>
	packet(
		0xa2,
		u16(identifier),
		properties(version, more),
		filters.map((filter) => field(filter)),
	);

export const pingreq = packet(0xc0);

/** DISCONNECT (§3.14); without a reason it has no body. */
export const disconnect = (reason?: number, more: readonly Part[] = []): Buffer =>
	reason === undefined ? packet(0xe0) : packet(0xe0, reason, more.length === 0 ? [] : properties(5, more));
