import { type Milliseconds, seconds } from '@keyward/core';
import { type Connection, limits } from './connection.ts';

/** From what could not be had for a peer to the next try. */
export const AGAIN_AFTER: Milliseconds = seconds(1);

/** No more packets of it are taken now: it sent more than a second's, too many of them wait for the committer, or it does not read its answers. */
export const isFull = (connection: Connection): boolean => {
	const { judging, allowance, undecided, unanswered, version, load, socket, hungUp } = connection;
	if (judging || allowance <= 0) return true;
	// MQTT 3.1.1 has no receive maximum that a peer could be held to: it waits. MQTT 5 hears of it when it goes beyond.
	if (unanswered >= limits.receiveMaximum && version !== 5) return true;
	if (undecided > limits.undecidedLeast) {
		const share = Math.max(limits.undecidedLeast, limits.undecidedOfAll / Math.max(1, load.busy));
		if (undecided > Math.min(limits.undecided, share)) return true;
	}
	return !hungUp && socket.writableLength > limits.unread;
};

/**
 * CR 7.1: a peer that sends faster than it is served, or does not read, waits; nobody else does. The more peers are busy,
 * the less of each is read ahead, so that what one commit has to take stays small.
 */
export const pace = (connection: Connection): void => {
	const { socket, framer, load } = connection;
	const stop = connection.lined || isFull(connection);
	if (stop === connection.paused || connection.closed) return;
	// What was read of it already comes first.
	if (!stop && (connection.hungUp || (framer.pending > 0 && connection.partialSince === 0))) {
		load.resume(connection);
		return;
	}
	connection.paused = stop;
	if (stop) socket.pause();
	else socket.resume();
};

/**
 * A second later. CR 7.1: anyone who sends as fast as the network gives has a core of ours for its TLS alone; beyond its bytes a
 * second it is not read, and TCP holds it back.
 */
export const refill = (connection: Connection): void => {
	const { allowance } = connection;
	connection.allowance = Math.min(limits.bytesAtOnce, allowance + limits.bytesPerSecond);
	if (allowance <= 0) pace(connection);
};

/** PINGRESP (MQTT 5 §3.13), as many as one share of packets may ask for. */
const pingResponses = Buffer.alloc(256, Uint8Array.of(0xd0, 0));

/** Answers what was asked since the last time in one write. */
export const answerPings = (connection: Connection): void => {
	const { pings, closed, socket } = connection;
	connection.pings = 0;
	if (pings > 0 && !closed) socket.write(pingResponses.subarray(0, pings * 2));
};

/** Whether the peer takes another delivery now: it reads, and has acknowledged enough (MQTT 5 §4.9). */
export const hasRoom = (connection: Connection): boolean =>
	connection.socket.writableLength < limits.unread && underWay(connection) < connection.window;

const underWay = ({ deliveries }: Connection): number => deliveries?.unacknowledged.size ?? 0;
