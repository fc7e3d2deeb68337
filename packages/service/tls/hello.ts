import type { Socket } from 'node:net';
import type { Milliseconds } from '@keyward/core';
import { createHelloReader } from '@keyward/core/tls';

/**
 * Reads what the client says first, and gives it with its profile: Node shows what a ClientHello offers to nobody. What came with it is
 * given apart: in TLS 1.2 a client can show its certificates at once.
 *
 * CR 7.1: a client that takes longer for its first words than for a whole handshake is gone.
 */
export const readHello = (
	socket: Socket,
	patience: Milliseconds,
	tooSlow: () => void,
	begin: (hello: Buffer, more: Buffer, profile: string) => void,
): void => {
	const late = setTimeout(() => {
		tooSlow();
		socket.destroy();
	}, patience);
	late.unref();
	/** Not kept for the connection's whole life. */
	let heard: Buffer | null = null;
	const read = createHelloReader();
	// Before it had said who it is.
	const hungUp = (): void => void socket.destroy();
	const look = (): void => {
		const part = socket.destroyed ? null : (socket.read() as Buffer | null);
		if (part === null) return;
		const bytes = heard === null ? part : Buffer.concat([heard, part]);
		heard = bytes;
		const hello = read(bytes);
		if (hello === null) return;
		heard = null;
		clearTimeout(late);
		socket.off('readable', look);
		socket.off('end', hungUp);
		begin(bytes.subarray(0, hello.length), bytes.subarray(hello.length), hello.profile);
	};
	socket.once('close', () => clearTimeout(late));
	socket.once('end', hungUp);
	socket.on('readable', look);
	look();
};
