import type { Socket } from 'node:net';
import type { Milliseconds } from '@keyward/core';
import { createHelloReader } from '@keyward/core/tls';
import { Reader, tcpOf } from './reader.ts';

/**
 * Reads what the client says first, and gives it with its profile: Node shows what a ClientHello offers to nobody. What came with it is
 * given apart: in TLS 1.2 a client can show its certificates at once. Then nothing more is read.
 *
 * CR 7.1: a client that takes longer for its first words than for a whole handshake is gone.
 */
export const readHello = (
	socket: Socket,
	patience: Milliseconds,
	tooSlow: () => void,
	begin: (hello: Buffer, more: Buffer, profile: string) => void,
): void => {
	if (socket.destroyed) return;
	const late = setTimeout(() => {
		tooSlow();
		socket.destroy();
	}, patience);
	late.unref();
	let heard: Buffer | null = null;
	const read = createHelloReader();
	// Before it had said who it is.
	const hungUp = (): void => void socket.destroy();
	const over = (): void => {
		clearTimeout(late);
		reader.end();
		// Nothing of this is kept for the connection's whole life.
		socket.off('close', over);
		socket.off('end', hungUp);
	};
	const tcp = tcpOf(socket);
	const reader = new Reader(tcp, (part) => {
		const bytes = heard === null ? part : Buffer.concat([heard, part]);
		heard = bytes;
		const hello = socket.destroyed ? null : read(bytes);
		if (hello === null) return;
		tcp.readStop();
		over();
		begin(bytes.subarray(0, hello.length), bytes.subarray(hello.length), hello.profile);
	});
	socket.once('close', over);
	socket.once('end', hungUp);
	tcp.readStart();
};
