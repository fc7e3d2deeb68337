import type { Socket } from 'node:net';
import type { Milliseconds } from '@keyward/core';
import { readClientHello } from '@keyward/core/tls';

/** Profiles of connections whose handshake is under way: Node shows what a ClientHello offers to nobody. */
export interface Hellos {
	/** Reads what the client says first, puts it back, and lets TLS begin. */
	read(socket: Socket, begin: (socket: Socket) => void): void;
	/** Of the socket that was read, once; null where it is not known which. */
	take(socket: Socket | null): string;
}

/** CR 7.1: a client that takes longer for its first words than for a whole handshake is gone. */
export const createHellos = (patience: Milliseconds, tooSlow: () => void): Hellos => {
	const profiles = new WeakMap<Socket, string>();
	return {
		read: (socket, begin) => {
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
				profiles.set(socket, profile);
				socket.unshift(bytes);
				begin(socket);
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
		},
		take: (socket) => {
			if (socket === null) return 'unreadable';
			const profile = profiles.get(socket) ?? 'unreadable';
			profiles.delete(socket);
			return profile;
		},
	};
};
