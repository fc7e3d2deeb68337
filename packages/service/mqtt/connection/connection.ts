import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Packet } from 'mqtt-packet';
import type { Bytes, Milliseconds, Refusal } from '@keyward/core';
import type { Link } from '@keyward/core/authorize';
import type { Author, Identity } from '@keyward/core/observe';
import type { Parameters, StreamTerms, TopicMap } from '@keyward/core/policy';
import type { SealedStream, SealedTerms } from '@keyward/core/seal';
import type { PrincipalName } from '@keyward/core/port';
import type { Deliveries } from '../deliver/deliveries.ts';
import type { Batcher } from './batcher.ts';
import { encode } from '../protocol/encode.ts';
import { Framer } from '../protocol/framing.ts';
import { reason, type ReasonCode } from '../protocol/reason-code.ts';

/** Properties of CONNACK: what this server takes (MQTT 5 §3.2.2.3). */
export const limits = {
	/** QoS 1 messages of one peer that wait for their acknowledgement. */
	receiveMaximum: 1024,
	maximumPacketSize: 262_144,
	/** Bytes of one connection, as they come in TLS, that are taken in a second, and at once after a pause: a device that was away catches up. */
	bytesPerSecond: 2_097_152,
	bytesAtOnce: 4_194_304,
	/** Bytes that may wait for a slow peer before it is served no more until it has read them. */
	unread: 262_144,
	/** Bytes of messages that wait for the committer before no more is read from their peer: of one, of all, and at least. */
	undecided: 65_536,
	undecidedOfAll: 1_048_576,
	undecidedLeast: 16_384,
	/** Subscriptions of one session. */
	filters: 1024,
	/** Connections of one certificate that have sent no CONNECT yet, or wait for its answer. */
	unconnected: 8,
} as const;

/** A stream that this device may write, and the highest identity that the service has of it or is about to. */
export interface OwnStream {
	readonly id: number;
	readonly topic: string;
	readonly terms: StreamTerms;
	/** What sealed messages on it are judged by, and what was seen of them. */
	readonly sealing: SealedTerms;
	/** Null while nothing sealed has come on it. */
	seen: SealedStream | null;
	/** Whose signatures count on it. */
	readonly keys: readonly Uint8Array[];
	newest: Identity;
}

/** What the peer may do. */
export interface Rights {
	readonly session: number;
	readonly principal: PrincipalName;
	readonly streams: readonly OwnStream[];
	/** Topics beside those of its streams, and which streams their payloads are of; none for most classes. */
	readonly topics: readonly TopicMap[];
	/** Why other streams of the device may not be written now (essential-function); null when nothing is withheld. */
	readonly withheld: Refusal | null;
	readonly parameters: Parameters;
	readonly author: Author;
}

/** What peers of one worker share. */
export interface Load {
	/** Connections with messages that the committer has not decided. */
	busy: number;
	/** A peer that was not read for a while may be read again. */
	resume(connection: Connection): void;
}

/** One peer: its socket, its packets, its session once it has one. */
export interface Connection {
	readonly socket: TLSSocket;
	/** What its socket reads from. */
	readonly below: Pick<Socket, 'bytesRead'>;
	/** The key agreement that its listener insists on. */
	readonly groups: Link['groups'];
	/** SHA-256 of the certificate that its handshake proved, lower-case hex. */
	readonly fingerprint: string;
	/** What its TLS client offered, as `readClientHello` has it. */
	readonly hello: string;
	readonly framer: Framer;
	readonly load: Load;
	/** 4 is MQTT 3.1.1, 5 is MQTT 5; 0 until CONNECT came. */
	version: 0 | 4 | 5;
	rights: Rights | null;
	/** Session Expiry Interval that was granted; above 0 the session outlives the connection. */
	expiry: Milliseconds;
	closed: boolean;
	/** Its socket is closed, and what it sent before is not dealt with yet. */
	hungUp: boolean;
	/** What DISCONNECT said; null when none came. */
	disconnected: { readonly will: boolean; readonly expiry: Milliseconds | null } | null;
	/** Its session or a subscription is being judged; what it sends next waits. */
	judging: boolean;
	/** It has sent more than its share of a turn, and waits for the next. */
	lined: boolean;
	/** Bytes that are taken of it before it waits for the next second. */
	allowance: Bytes;
	/** Bytes that came from below so far. */
	received: Bytes;
	/** How many records of a few bytes came in a row. */
	shortRecords: number;
	/** PINGREQs that were not answered yet. */
	pings: number;
	/** Seconds; 0 is no limit. */
	keepAlive: number;
	/** By `performance.now()`. */
	lastHeard: number;
	/** Since when a packet has been incomplete; 0 when none is. */
	partialSince: number;
	/** QoS 1 messages received and not answered yet. */
	unanswered: number;
	/** Bytes of messages, of either QoS, that the committer has not decided yet. */
	undecided: number;
	/** Called once when nothing is undecided any more. */
	onDecided: (() => void) | null;
	/** Takes its messages while some of them may be known already; null when there are no such messages. */
	duplicates: Batcher<Connection> | null;
	/** Nothing is read until what was read before is dealt with. */
	paused: boolean;
	/** What it receives; null while it has asked for nothing, as most devices. */
	deliveries: Deliveries | null;
	/** How many deliveries the peer takes at a time. */
	window: number;
	/** The largest packet that the peer takes. */
	largest: number;
	/** Request Problem Information (MQTT 5 §3.1.2.11.7): whether acknowledgements may carry a reason string. */
	explains: boolean;
	/** The listener's tick at which it was accepted. */
	readonly opened: number;
}

export const newConnection = (
	socket: TLSSocket,
	below: Connection['below'],
	groups: Link['groups'],
	proved: Pick<Connection, 'fingerprint' | 'hello'>,
	load: Load,
	tick: number,
): Connection => ({
	socket,
	below,
	groups,
	fingerprint: proved.fingerprint,
	hello: proved.hello,
	framer: new Framer(limits.maximumPacketSize),
	load,
	version: 0,
	rights: null,
	expiry: 0,
	closed: false,
	hungUp: false,
	disconnected: null,
	judging: false,
	lined: false,
	allowance: limits.bytesAtOnce,
	received: below.bytesRead,
	shortRecords: 0,
	pings: 0,
	keepAlive: 0,
	lastHeard: performance.now(),
	partialSince: 0,
	unanswered: 0,
	undecided: 0,
	onDecided: null,
	duplicates: null,
	paused: false,
	deliveries: null,
	window: 1024,
	largest: Number.POSITIVE_INFINITY,
	explains: true,
	opened: tick,
});

export const send = (connection: Connection, packet: Packet): void => {
	if (connection.closed) return;
	let bytes = encode(packet, connection.version);
	if (bytes.length > connection.largest && 'properties' in packet && packet.properties !== undefined) {
		// [MQTT-3.2.2-19], [MQTT-3.4.2-2], [MQTT-3.14.2-3]: an explanation is left out before it is too long.
		const properties = { ...packet.properties, reasonString: undefined, userProperties: undefined };
		bytes = encode({ ...packet, properties: properties as object }, connection.version);
	}
	// [MQTT-3.1.2-24]: not sent. Anyone who waits for an answer that cannot be given is not left waiting.
	if (bytes.length <= connection.largest) connection.socket.write(bytes);
	else if (packet.cmd === 'connack') close(connection);
	else if (packet.cmd !== 'disconnect') {
		disconnect(connection, reason.packetTooLarge, 'packet-too-large: the answer is larger than you take');
	}
};

const close = (connection: Connection): void => {
	connection.closed = true;
	connection.socket.end();
	// A peer that does not close its side after that is not waited for.
	connection.socket.destroySoon();
};

/** Says why (MQTT 5 §3.14; MQTT 3.1.1 has no such packet from a server) and ends the connection. */
export const disconnect = (connection: Connection, code: ReasonCode, why: string): void => {
	if (connection.closed) return;
	if (connection.version === 5 && connection.rights !== null) {
		send(connection, { cmd: 'disconnect', reasonCode: code, properties: { reasonString: why } });
	}
	connection.closed = true;
	connection.socket.end();
	// A peer that does not close its side after that is not waited for.
	connection.socket.destroySoon();
};

/** MQTT 3.1.1 §3.2.2.3, table 3.1; whatever it has no word for is 5, "not authorized". */
const returnCode = (code: ReasonCode): number => {
	if (code === reason.unsupportedProtocolVersion) return 1;
	if (code === reason.clientIdentifierNotValid) return 2;
	return code === reason.serverUnavailable ? 3 : 5;
};

/** Refuses a CONNECT (MQTT 5 §3.2.2.2) and ends the connection. */
export const refuseConnect = (connection: Connection, code: ReasonCode, why: string): void => {
	if (connection.closed) return;
	send(
		connection,
		connection.version === 5
			? { cmd: 'connack', sessionPresent: false, reasonCode: code, properties: { reasonString: why } }
			: { cmd: 'connack', sessionPresent: false, returnCode: returnCode(code) },
	);
	if (!connection.closed) close(connection);
};
