import type { Bytes, Refusal } from '@keyward/core';
import type { Packet } from 'mqtt-packet';
import { type Connection, disconnect, send } from '../connection/connection.ts';
import { pace } from '../connection/pace.ts';
import { reason, reasonOf } from '../protocol/reason-code.ts';

/** A PUBLISH that waits for its answer; `identifier` is 0 for QoS 0, which gets none. */
export interface Message {
	readonly connection: Connection;
	readonly identifier: number;
	readonly bytes: Bytes;
	refusal: Refusal | null;
}

/** PUBACK type and remaining length; without more it says success (MQTT 5 §3.4.2.1, MQTT 3.1.1 §3.4). */
const plainHead = 0x4002;

/**
 * Answers messages in the order they came ([MQTT-4.6.0-2]); neighbours of one connection in one write.
 * MQTT 5 hears why a message was refused. MQTT 3.1.1 has no word for it, and an acknowledgement means durable: the
 * connection ends ([MQTT-3.3.5-2]), after what was good around the refused message has been acknowledged.
 */
export const acknowledge = (messages: readonly Message[]): void => {
	const plain = Buffer.allocUnsafe(messages.length * 4);
	let used = 0;
	let from = 0;
	let current: Connection | null = null;
	let refused311: Map<Connection, Refusal> | null = null;

	const flush = (): void => {
		if (current !== null && used > from && !current.closed) current.socket.write(plain.subarray(from, used));
		from = used;
		if (current?.paused === true) pace(current);
	};
	for (const { connection, identifier, bytes, refusal } of messages) {
		connection.undecided -= bytes;
		if (connection.undecided === 0) {
			connection.load.busy--;
			connection.onDecided?.();
		}
		if (connection !== current) {
			flush();
			current = connection;
		}
		if (identifier === 0) continue;
		connection.unanswered--;
		if (refusal === null) {
			plain.writeUInt16BE(plainHead, used);
			plain.writeUInt16BE(identifier, used + 2);
			used += 4;
		} else if (connection.version === 5) {
			flush();
			send(connection, refusedPuback(connection, identifier, refusal));
		} else {
			refused311 ??= new Map();
			refused311.set(connection, refusal);
		}
	}
	flush();
	for (const [connection, refusal] of refused311 ?? []) {
		disconnect(connection, reason.notAuthorized, refusal.code);
	}
};

const refusedPuback = (
	{ explains }: Connection,
	identifier: number,
	{ code, requirement, reason: why }: Refusal,
): Packet => ({
	cmd: 'puback',
	messageId: identifier,
	reasonCode: reasonOf(code),
	// [MQTT-3.1.2-29]
	...(explains && { properties: { reasonString: `${code}: ${why} (${requirement})` } }),
});
