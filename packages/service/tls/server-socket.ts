import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type Server, TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { Milliseconds } from '@keyward/core';
import { limitKeyUpdates } from './key-updates.ts';
import { Reader, tcpOf } from './reader.ts';
import { contextOf } from './server-context.ts';

/** What Node has of a TLS connection below its TLSSocket, and does not document. */
interface TlsHandle {
	/** Takes bytes as if they had just come. */
	receive(bytes: Buffer): void;
	/** What OpenSSL says of the certificates that the client showed. */
	verifyError(): { readonly code: string } | null | undefined;
}

/** The service's end of a TLS connection, whose bytes until its handshake is over come through the hands of who opened it. */
export interface ServerSocket {
	readonly socket: TLSSocket;
	readonly secured: boolean;
	/** Has OpenSSL read bytes that came. */
	give(bytes: Buffer): void;
	/** No more is read until `resume`. */
	hold(): void;
	resume(): void;
}

export interface ServerSocketOptions {
	/** Whose context it has, and the client's certificate is asked for. */
	readonly server: Server;
	readonly patience: Milliseconds;
	readonly protocols?: readonly string[];
	/** Bytes of the handshake came; they are the receiver's. */
	readonly came: (bytes: Buffer) => void;
	/** The handshake is over: `authorized` says whether the client proved a certificate of ours. */
	readonly done: () => void;
	/** The handshake failed. */
	readonly failed: (error: NodeJS.ErrnoException) => void;
	/** The client renewed the keys of the connection again and again, and the connection ends. */
	readonly tooOften: () => void;
}

/**
 * Begins TLS on a connection as `tls.Server` does, but that Node hands no byte of the handshake to OpenSSL by itself: it reads what has
 * come, and OpenSSL works through it before anybody is asked (CR 7.1). Until the handshake is over a `Reader` reads in Node's place.
 */
export const openServerSocket = (raw: Socket, options: ServerSocketOptions): ServerSocket => {
	const { server, patience, protocols } = options;
	const secureContext = contextOf(server);
	const tcp = tcpOf(raw);
	const asked: TLSSocketOptions & { handshakeTimeout: Milliseconds; secureContext: unknown } = {
		...{ server, secureContext, isServer: true, requestCert: true, rejectUnauthorized: false },
		...{ handshakeTimeout: patience, ...(protocols !== undefined && { ALPNProtocols: [...protocols] }) },
	};
	const socket = new TLSSocket(raw, asked);
	const tls = (socket as unknown as { readonly _handle: TlsHandle })._handle;
	let [secured, failed, held] = [false, false, false];

	assert(tls.receive !== undefined, 'this Node lets nobody read before OpenSSL');
	const reader = new Reader(tcp, options.came);
	const giveBack = (): void => reader.end();
	raw.once('close', giveBack);
	const fail = (error: NodeJS.ErrnoException): void => {
		if (failed) return;
		failed = true;
		options.failed(error);
	};
	socket.on('_tlsError', fail);
	limitKeyUpdates(socket, tcp, options.tooOften);
	socket.once('secure', () => {
		secured = true;
		giveBack();
		// Nothing of the handshake is kept for the connection's whole life.
		raw.off('close', giveBack);
		socket.off('_tlsError', fail);
		// RFC 8446 §4.4.3: a certificate that chains to an anchor of the listener, whose key the peer has proved. Anything less is a stranger's.
		const wrong = tls.verifyError();
		if (wrong !== null && wrong !== undefined) socket.authorizationError = wrong.code as unknown as Error;
		else if (socket.getPeerX509Certificate() === undefined)
			socket.authorizationError = 'UNABLE_TO_GET_ISSUER_CERT' as unknown as Error;
		else socket.authorized = true;
		release(socket);
		if (!socket.destroyed) options.done();
	});
	return {
		socket,
		give: (bytes) => {
			if (!socket.destroyed) tls.receive(bytes);
		},
		get secured() {
			return secured;
		},
		hold: () => {
			if (held) return;
			held = true;
			tcp.readStop();
		},
		resume: () => {
			if (!held || socket.destroyed || raw.destroyed) return;
			held = false;
			tcp.readStart();
		},
	};
};

/** From now on, errors are the connection's and no longer the handshake's; `tls.Server` does the same. */
const release = (socket: TLSSocket): void => {
	const inner = socket as unknown as { _releaseControl(): boolean; secureConnecting: boolean };
	inner._releaseControl();
	inner.secureConnecting = false;
};
