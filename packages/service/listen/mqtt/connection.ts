import type { TLSSocket } from 'node:tls';
import { generate, type Packet } from 'mqtt-packet';
import type { Cursor } from '@keyward/core/port';
import type { FollowedStream, SessionRights } from '../../live/link-messages.ts';
import { Framer } from './framing.ts';
import { reason, type ReasonCode } from './reason-code.ts';

/** Properties of CONNACK: what this server takes (MQTT 5 §3.2.2.3). */
export const limits = {
	/** QoS 1 messages of one peer that wait for their acknowledgement. */
	receiveMaximum: 1024,
	maximumPacketSize: 262_144,
	/** Bytes of one record; a batch has 16 bits for its length. */
	record: 65_535,
	/** Bytes that may wait for a slow peer before it is served no more until it has read them. */
	unread: 262_144,
	/** Bytes of messages that wait for the committer before no more is read from their peer. */
	undecided: 262_144,
} as const;

/** A stream that this connection receives, and how far it has. */
export interface Follow {
	readonly stream: FollowedStream;
	readonly qos: 0 | 1;
	cursor: Cursor;
	/** The last cursor known to be durable. */
	last: Cursor;
}

/** One peer: its socket, its packets, its session once it has one. */
export interface Connection {
	readonly id: number;
	readonly socket: TLSSocket;
	readonly framer: Framer;
	/** 4 is MQTT 3.1.1, 5 is MQTT 5; 0 until CONNECT came. */
	version: 0 | 4 | 5;
	rights: SessionRights | null;
	closed: boolean;
	/** Packets that came while the session or a subscription was being judged; they wait for their turn. */
	held: Packet[] | null;
	/** Seconds by the listener's tick; 0 is no limit. */
	keepAlive: number;
	lastHeard: number;
	/** Since when a packet has been incomplete; 0 when none is. */
	partialSince: number;
	/** QoS 1 messages received and not answered yet. */
	unanswered: number;
	/** Bytes of messages, of either QoS, that the committer has not decided yet. */
	undecided: number;
	/** Nothing is read until what was read before is dealt with. */
	paused: boolean;
	readonly filters: Map<string, { readonly qos: 0 | 1; streams: readonly FollowedStream[] }>;
	readonly follows: Map<number, Follow>;
	/** Packet identifiers of deliveries that the peer has not acknowledged. */
	readonly unacknowledged: Set<number>;
	/** How many deliveries the peer takes at a time. */
	window: number;
	/** The largest packet that the peer takes. */
	largest: number;
	nextIdentifier: number;
	/** A page is on its way for this connection. */
	paging: boolean;
	/** The listener's tick at which it was accepted. */
	readonly opened: number;
}

export const newConnection = (id: number, socket: TLSSocket, tick: number): Connection => ({
	id,
	socket,
	framer: new Framer(limits.maximumPacketSize),
	version: 0,
	rights: null,
	closed: false,
	held: null,
	keepAlive: 0,
	lastHeard: tick,
	partialSince: 0,
	unanswered: 0,
	undecided: 0,
	paused: false,
	filters: new Map(),
	follows: new Map(),
	unacknowledged: new Set(),
	window: 1024,
	largest: Number.POSITIVE_INFINITY,
	nextIdentifier: 1,
	paging: false,
	opened: tick,
});

export const send = (connection: Connection, packet: Packet): void => {
	if (connection.closed) return;
	connection.socket.write(generate(packet, { protocolVersion: connection.version || 4 }));
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

/** CR 7.1: a peer that sends faster than it is served, or does not read, waits; nobody else does. */
export const pace = (connection: Connection): void => {
	const { socket, undecided, unanswered } = connection;
	const full =
		connection.held !== null ||
		undecided > limits.undecided ||
		unanswered >= limits.receiveMaximum ||
		socket.writableLength > limits.unread;
	if (full === connection.paused || connection.closed) return;
	connection.paused = full;
	if (full) socket.pause();
	else socket.resume();
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
	connection.closed = true;
	connection.socket.end();
	connection.socket.destroySoon();
};
