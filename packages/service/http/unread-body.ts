import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Bytes, type Milliseconds, seconds } from '@keyward/core';

/** So much of a body is still read once its request is answered: the connection is good for the next one then. */
const MOST: Bytes = 65_536;
/** So long a peer may take to read its answer before what it still sends makes the kernel take that back (RFC 9112 §9.6). */
const GRACE: Milliseconds = seconds(2);

/**
 * Closes the connection of a request that was answered while its body goes on, in stages (RFC 9112 §9.6): our side first, once the answer is
 * on its way, then what the peer may still send.
 *
 * CR 7.1: a stranger's body costs as much to throw away as to take: megabytes of chunks of a byte kept a processor busy.
 */
export const endUnread = (request: IncomingMessage, response: ServerResponse): void => {
	response.once('finish', () => {
		const { socket } = request;
		if (request.complete || socket.destroyed) return;
		let left = MOST;
		const look = ({ length }: Buffer): void => {
			if (request.complete) return void socket.off('data', look);
			left -= length;
			if (left > 0) return;
			socket.off('data', look);
			// What was written goes first; nothing more is read.
			socket.end();
			socket.pause();
			const timer = setTimeout(() => socket.destroy(), GRACE);
			socket.once('close', () => clearTimeout(timer));
		};
		socket.on('data', look);
	});
};
