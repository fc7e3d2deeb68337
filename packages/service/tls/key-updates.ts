import type { TLSSocket } from 'node:tls';
import { type Milliseconds, minutes } from '@keyward/core';
import type { TcpHandle } from './reader.ts';

/** RFC 8446 §5.5: a client renews its keys after 2^24 records or so. No client needs so many within a minute. */
const mostRenewals = 16;
const renewalsWithin: Milliseconds = minutes(1);

/**
 * Ends a connection whose client renews its keys again and again, and tells `tooOften`.
 *
 * CR 7.1: a KeyUpdate (RFC 8446 §4.6.3) is 27 bytes, costs new keys and an answer that waits for who does not read, and Node tells of none
 * but by its keys.
 */
export const limitKeyUpdates = (socket: TLSSocket, tcp: TcpHandle, tooOften: () => void): void => {
	let [renewals, since] = [0, 0];
	socket.on('keylog', (secret: Buffer) => {
		secret.fill(0);
		// The first keys are the handshake's.
		if (isHandshaking(socket)) return;
		const now = performance.now();
		if (now - since > renewalsWithin) [renewals, since] = [0, now];
		if (++renewals !== mostRenewals) return;
		tcp.readStop();
		tooOften();
		// OpenSSL is at work on its messages.
		setImmediate(() => socket.destroy());
	});
};

/** What Node has of it, and does not document. */
const isHandshaking = (socket: TLSSocket): boolean =>
	(socket as unknown as { readonly secureConnecting: boolean }).secureConnecting;
