import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type Server, TLSSocket, type TLSSocketOptions } from 'node:tls';
import { type Milliseconds, minutes } from '@keyward/core';
import { contextOf } from './server-context.ts';

/** What Node has of a TCP connection below its Socket, and does not document. */
interface TcpHandle {
	readStart(): number;
	readStop(): number;
}

/** The same of a TLS connection. */
interface TlsHandle {
	/** Takes bytes as if they had just come. */
	receive(bytes: Buffer): void;
	/** What OpenSSL says of the certificates that the client showed. */
	verifyError(): { readonly code: string } | null | undefined;
}

/** Node's parser of HTTP, of which only this is used: it reads a connection in place of Node, and gives it back. */
interface Reader {
	initialize(type: number, resource: object): void;
	consume(handle: TcpHandle): void;
	unconsume(): void;
	/** What was read, in the callback at `kOnExecute`; a copy. */
	getCurrentBuffer(): Buffer;
	close(): void;
	[callback: number]: () => void;
}

const { HTTPParser } = process.getBuiltinModule('_http_common') as unknown as {
	readonly HTTPParser: (new () => Reader) & { readonly REQUEST: number; readonly kOnExecute: number };
};

/** RFC 8446 §5.5: a client renews its keys after 2^24 records or so. No client needs so many within a minute. */
const mostRenewals = 16;
const renewalsWithin: Milliseconds = minutes(1);

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
 * come, and OpenSSL works through it before anybody is asked (CR 7.1). Until the handshake is over somebody else reads in Node's place. No
 * stream of JavaScript can: Node has no way back from there, and each message of the connection's life would go through it.
 */
export const openServerSocket = (raw: Socket, options: ServerSocketOptions): ServerSocket => {
	const { server, patience, protocols } = options;
	const secureContext = contextOf(server);
	const tcp = (raw as unknown as { readonly _handle: TcpHandle })._handle;
	const asked: TLSSocketOptions & { handshakeTimeout: Milliseconds; secureContext: unknown } = {
		...{ server, secureContext, isServer: true, requestCert: true, rejectUnauthorized: false },
		...{ handshakeTimeout: patience, ...(protocols !== undefined && { ALPNProtocols: [...protocols] }) },
	};
	const socket = new TLSSocket(raw, asked);
	const tls = (socket as unknown as { readonly _handle: TlsHandle })._handle;
	let [secured, failed, held] = [false, false, false];

	let reader: Reader | null = new HTTPParser();
	assert(reader.consume !== undefined && tls.receive !== undefined, 'this Node lets nobody read before OpenSSL');
	reader.initialize(HTTPParser.REQUEST, {});
	reader[HTTPParser.kOnExecute] = () => {
		if (reader !== null) options.came(reader.getCurrentBuffer());
	};
	reader.consume(tcp);
	const giveBack = (): void => {
		const over = reader;
		if (over === null) return;
		reader = null;
		over.unconsume();
		// It may be that what is done here began in its callback.
		setImmediate(() => over.close());
	};
	raw.once('close', giveBack);

	socket.on('_tlsError', (error: NodeJS.ErrnoException) => {
		if (secured || failed) return;
		failed = true;
		options.failed(error);
	});
	let [renewals, since] = [0, 0];
	// CR 7.1: a KeyUpdate (RFC 8446 §4.6.3) is 27 bytes, costs new keys and an answer that waits for who does not read, and Node tells of none
	// but by its keys.
	socket.on('keylog', (secret: Buffer) => {
		secret.fill(0);
		if (!secured) return;
		const now = performance.now();
		if (now - since > renewalsWithin) [renewals, since] = [0, now];
		if (++renewals !== mostRenewals) return;
		tcp.readStop();
		options.tooOften();
		// OpenSSL is at work on its messages.
		setImmediate(() => socket.destroy());
	});
	socket.once('secure', () => {
		secured = true;
		giveBack();
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
