import type { Socket } from 'node:net';
import type { Milliseconds } from '@keyward/core';
import { readClientHello } from '@keyward/core/tls';

/**
 * Reads what the client says first, and gives it with its profile: Node shows what a ClientHello offers to nobody.
 *
 * CR 7.1: a client that takes longer for its first words than for a whole handshake is gone.
 */
export const readHello = (
	socket: Socket,
	patience: Milliseconds,
	tooSlow: () => void,
	begin: (hello: Buffer, profile: string) => void,
): void => {
	const late = setTimeout(() => {
		tooSlow();
		socket.destroy();
	}, patience);
	late.unref();
	/** Not kept for the connection's whole life. */
	let heard: Buffer | null = null;
	const over = (bytes: Buffer, profile: string): void => {
		heard = null;
		clearTimeout(late);
		socket.off('readable', look);
		socket.off('end', hungUp);
		begin(bytes, profile);
	};
	// Before it had said who it is.
	const hungUp = (): void => void socket.destroy();
	const look = (): void => {
		const part = socket.destroyed ? null : (socket.read() as Buffer | null);
		if (part === null) return;
		heard = heard === null ? part : Buffer.concat([heard, part]);
		const profile = readClientHello(heard);
		if (profile !== null) over(heard, profile);
	};
	socket.once('close', () => clearTimeout(late));
	socket.once('end', hungUp);
	socket.on('readable', look);
	look();
};
