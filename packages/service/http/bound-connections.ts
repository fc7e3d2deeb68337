import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ErrorCode } from '@keyward/core';
import { fingerprintOf } from './caller.ts';
import { CERTIFICATE_CONNECTIONS, networkOf, STRANGERS_CONNECTIONS, subscriberOf } from './peer-limits.ts';
import { createQuota } from './quota.ts';

/**
 * Bounds the connections of one listener or of several together (CR 7.1): give each of them to what it returns. Each begins as a stranger's. Of one network few may stand: the oldest of them
 * goes for the newest, so that connections which only wait keep nobody out; when all strangers together have too many, the
 * oldest goes of the subscriber that has most, and there of the network that has most.
 */
export const boundConnections = (
	refused: (code: ErrorCode) => void,
	strangers: { readonly each: number; readonly all: number } = STRANGERS_CONNECTIONS,
): ((server: Server | TlsServer) => void) => {
	const byNetwork = new Map<string, Set<Socket>>();
	let count = 0;
	/** Strangers' sockets by the port that they come from, as both layers of TLS see it. */
	const forget = new Map<string, () => void>();
	const nameOf = ({ remoteAddress, remotePort, localPort }: Socket): string =>
		`${remoteAddress} ${remotePort} ${localPort}`;

	const end = (sockets: Set<Socket> | undefined): void => {
		const [oldest] = sockets ?? [];
		if (oldest === undefined) return;
		refused('service-busy');
		forget.get(nameOf(oldest))?.();
		oldest.destroy();
	};

	/** Of the subscriber that has most, the network that has most. */
	const largest = (): Set<Socket> | undefined => {
		const sizes = new Map<string, number>();
		for (const [network, { size }] of byNetwork) {
			const subscriber = subscriberOf(network);
			sizes.set(subscriber, (sizes.get(subscriber) ?? 0) + size);
		}
		const [most] = Array.from(sizes).toSorted(([, one], [, other]) => other - one)[0] ?? [];
		const theirs = Array.from(byNetwork).filter(([network]) => subscriberOf(network) === most);
		return theirs.toSorted(([, one], [, other]) => other.size - one.size)[0]?.[1];
	};

	const arrive = (socket: Socket): void => {
		// Gone already.
		if (socket.remoteAddress === undefined) return void socket.destroy();
		const network = networkOf(socket.remoteAddress);
		const name = nameOf(socket);
		const sockets = byNetwork.get(network) ?? new Set<Socket>();
		byNetwork.set(network, sockets.add(socket));
		count++;
		const leave = (): void => {
			if (!sockets.delete(socket)) return;
			count--;
			forget.delete(name);
			if (sockets.size === 0) byNetwork.delete(network);
		};
		forget.set(name, leave);
		socket.once('close', leave);
		if (sockets.size > strangers.each) end(sockets);
		else if (count > strangers.all) end(largest());
	};

	const quota = createQuota(CERTIFICATE_CONNECTIONS.each, CERTIFICATE_CONNECTIONS.all);
	const known = (socket: TLSSocket): void => {
		const fingerprint = fingerprintOf(socket);
		if (fingerprint === null) return;
		forget.get(nameOf(socket))?.();
		const leave = quota.take(fingerprint);
		if (leave !== null) return void socket.once('close', leave);
		refused('service-busy');
		socket.destroy();
	};
	return (server) => {
		server.on('connection', arrive);
		server.on('secureConnection', known);
	};
};
