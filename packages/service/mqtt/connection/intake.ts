import type { Bytes, Milliseconds } from '@keyward/core';
import { type Connection, limits } from './connection.ts';
import { answerPings, isFull, pace } from './pace.ts';
import type { FramingError } from '../protocol/framing.ts';

/** What is taken of one connection before the next one has its turn. */
const share: { readonly packets: number; readonly bytes: Bytes } = { packets: 128, bytes: 32_768 };

/** A packet of two bytes costs more than those: it counts as so many of its connection's allowance. */
const leastCost: Bytes = 16;

/**
 * A record of TLS costs as much as a packet, whatever it holds. Shorter than this, so many in a row as there are packets in a share
 * are a share: 64 KiB of them are read at once.
 */
const shortRecord: Bytes = 64;

/** What records take beside their contents, 22 bytes each, counts so many times: a record of a byte costs us more than that of a kilobyte by its bytes. */
const besides = 4;

/** How long those that have more take turns before the loop looks at its sockets again. */
const turn: Milliseconds = 4;

/** PUBLISH with QoS 1, and any other flags. */
const isAcknowledged = (first: number): boolean => (first & 0xf6) === 0x32;

/** What waits here was received too, and is not answered (MQTT 5 §4.9): a peer may not send on as if it were. */
const isBeyondMaximum = ({ version, unanswered, framer }: Connection): boolean =>
	version === 5 &&
	framer.ahead(isAcknowledged, limits.receiveMaximum + 1 - unanswered) + unanswered > limits.receiveMaximum;

/** Takes packets from connections, a share of each in turn. */
export interface Intake {
	/** Bytes came. */
	push(connection: Connection, bytes: Buffer): void;
	/** It has more than its share, or may be read again: it waits in line, and its socket is paused meanwhile. */
	line(connection: Connection): void;
	/** Its socket is closed: what it sent before is taken still, and then it is `over`. */
	finish(connection: Connection): void;
	/** Connections that wait for another turn. */
	readonly waiting: number;
}

/**
 * CR 7.1: a packet costs its sender two bytes at least, and us far more. Anyone who sends many gets a share and waits in line
 * for the next; the sockets of all others are served between two turns.
 */
export const createIntake = (
	take: (connection: Connection, packet: Buffer) => void,
	refuse: (connection: Connection, error: FramingError | 'too-many') => void,
	over: (connection: Connection) => void,
	tick: () => number,
): Intake => {
	const waiting = new Set<Connection>();
	let scheduled = false;

	const line = (connection: Connection): void => {
		connection.lined = true;
		waiting.add(connection);
		if (scheduled) return;
		scheduled = true;
		setImmediate(run);
	};

	const takeShare = (connection: Connection): void => {
		let packets = 0;
		let bytes = 0;
		let drained = false;
		while (!connection.closed && !isFull(connection)) {
			if (packets === share.packets || bytes >= share.bytes) {
				if (isBeyondMaximum(connection)) refuse(connection, 'too-many');
				else line(connection);
				break;
			}
			const packet = connection.framer.take();
			if (packet === null) {
				connection.partialSince = connection.framer.pending === 0 ? 0 : connection.partialSince || tick() + 1;
				drained = true;
				break;
			}
			if (typeof packet === 'string') {
				refuse(connection, packet);
				break;
			}
			packets++;
			bytes += packet.length;
			connection.allowance -= Math.max(packet.length, leastCost);
			// Progress: what stays incomplete after this is another packet.
			connection.partialSince = 0;
			take(connection, packet);
		}
		answerPings(connection);
		if (connection.hungUp && (connection.closed || drained)) over(connection);
		else pace(connection);
	};

	const run = (): void => {
		scheduled = false;
		const began = performance.now();
		// One that has still more comes to the end of the line again.
		for (const connection of waiting) {
			waiting.delete(connection);
			connection.lined = false;
			takeShare(connection);
			if (performance.now() - began >= turn) break;
		}
		if (waiting.size === 0 || scheduled) return;
		scheduled = true;
		setImmediate(run);
	};

	return {
		push: (connection, bytes) => {
			const received = connection.below.bytesRead;
			// The contents count when they are taken.
			connection.allowance -= besides * (received - connection.received - bytes.length);
			connection.received = received;
			connection.framer.push(bytes);
			connection.shortRecords = bytes.length < shortRecord ? connection.shortRecords + 1 : 0;
			if (connection.lined) return;
			if (connection.shortRecords < share.packets) return takeShare(connection);
			connection.shortRecords = 0;
			line(connection);
			pace(connection);
		},
		line,
		finish: (connection) => {
			connection.hungUp = true;
			if (connection.closed || !connection.lined) takeShare(connection);
		},
		get waiting() {
			return waiting.size;
		},
	};
};
