import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import type { Bytes, Milliseconds } from '@keyward/core';
import { networkOf } from '../http/peer-limits.ts';
import type { DeviceNetworks } from './device-networks.ts';
import { destroyOnError } from './destroy-on-error.ts';
import { createFlights, type Flight } from './flights.ts';
import { createHandshakes } from './handshakes.ts';
import { readHello } from './hello.ts';
import { openServerSocket } from './server-socket.ts';

/**
 * What a client may send between its ClientHello and the end of the handshake: a device's certificate with those of two CAs, all with
 * RSA keys of 4,096 bits, and the proof of its key have 7 KB; with P-256, as Keyward makes them, 2 KB. OpenSSL takes 100 KB.
 */
const LARGEST_FLIGHT: Bytes = 8192;

/** What waits behind a TLS listener for the end of a handshake. */
export interface TlsListenerOptions {
	/** Listens, and has the context. Node's own handling of new connections is taken off. */
	readonly server: Server;
	readonly patience: Milliseconds;
	readonly protocols?: readonly string[];
	/** A handshake is over, on what is `below`; `hello` is the profile of the ClientHello. The fingerprint of the certificate of ours that was proved. */
	readonly enter: (socket: TLSSocket, below: Socket, hello: string) => string | null;
	readonly failed: (error: NodeJS.ErrnoException, socket: TLSSocket) => void;
	/** Shared by the listeners of a thread. */
	readonly networks?: DeviceNetworks;
	readonly tooSlow: () => void;
	readonly tooLarge: () => void;
	readonly tooOften: () => void;
}

/** Where connections become sessions of TLS, few at a time. */
export interface TlsListener {
	/** To be called with each tick. */
	look(): void;
	/** Ends connections whose handshake is not over. */
	close(): void;
}

export const openTlsListener = (options: TlsListenerOptions): TlsListener => {
	const { server, patience, tooSlow } = options;
	const handshakes = createHandshakes(
		(raw) => readHello(raw, patience, tooSlow, (...said) => begin(raw, ...said)),
		tooSlow,
		undefined,
		options.networks,
	);
	const turns = createFlights((network) => handshakes.known(network));

	const begin = (raw: Socket, hello: Buffer, more: Buffer, profile: string): void => {
		const network = networkOf(raw.remoteAddress);
		let [given, proved]: [Bytes, string | null] = [0, null];
		let waiting: Buffer[] = [];
		let size: Bytes = 0;
		const flight: Flight = {
			network,
			get size() {
				return size;
			},
			give: () => {
				const bytes = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting);
				waiting = [];
				const part = bytes.subarray(0, LARGEST_FLIGHT - given);
				given += part.length;
				end.give(part);
				if (end.secured) {
					if (part.length < bytes.length) end.give(bytes.subarray(part.length));
				} else if (given >= LARGEST_FLIGHT) {
					options.tooLarge();
					raw.destroy();
				}
				end.resume();
				return proved !== null;
			},
		};
		const came = (bytes: Buffer): void => {
			waiting.push(bytes);
			size += bytes.length;
			if (!turns.ask(flight)) end.hold();
		};
		const end = openServerSocket(raw, {
			...{ server, patience },
			...(options.protocols !== undefined && { protocols: options.protocols }),
			...{ came, tooOften: options.tooOften },
			done: () => {
				// Nothing of the handshake is kept for the connection's whole life.
				raw.off('close', closed);
				proved = options.enter(end.socket, raw, profile);
				if (!handshakes.over(raw, proved)) proved = null;
			},
			failed: (error) => {
				options.failed(error, end.socket);
				end.socket.destroy();
			},
		});
		destroyOnError(end.socket);
		const closed = (): void => turns.forget(flight);
		raw.once('close', closed);
		if (hello.length > 0) end.give(hello);
		if (more.length > 0 && !end.socket.destroyed) came(more);
	};

	server.removeAllListeners('connection');
	server.on('connection', (raw: Socket) => handshakes.arrive(raw));
	return {
		look: () => handshakes.look(patience),
		close: () => {
			turns.stop();
			handshakes.close();
		},
	};
};
