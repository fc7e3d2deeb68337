import type { Socket } from 'node:net';
import type { Bytes } from '@keyward/core';

/** What a record of TLS has beside its contents (RFC 8446 §5.2). */
const recordHead: Bytes = 22;
/** So much more of it than of contents is taken: 780 records of a byte in a row. */
const most: Bytes = 16_384;

/**
 * Ends a connection whose records hold a few bytes each; to be called when its HTTP has begun.
 *
 * CR 7.1: a record costs three microseconds, whatever it holds, and Node reads up to 2 MB of them before anybody else has a turn.
 */
export const refuseShortRecords = (socket: Socket, refused: () => void): void => {
	let short: Bytes = 0;
	const look = ({ length }: Buffer): void => {
		short = Math.max(0, short + recordHead - length);
		if (short <= most) return;
		socket.off('data', look);
		refused();
		socket.destroy();
	};
	socket.on('data', look);
};
