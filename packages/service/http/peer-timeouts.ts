import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { type Bytes, type ErrorCode, type Milliseconds, minutes, seconds } from '@keyward/core';
import type { FastifyInstance } from 'fastify';
import { BUSY } from '../thread/channel.ts';
import type { Failure } from './failure.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { endUnread } from './unread-body.ts';

// What every HTTP door asks of a peer before there is a request to judge.

/** How long a peer may take. A peer that sends its request a byte at a time holds a connection no longer than this. */
export interface PeerLimits {
	readonly handshake: Milliseconds;
	readonly headers: Milliseconds;
	readonly request: Milliseconds;
	/** Without a byte either way; an event stream has its heartbeat. */
	readonly idle: Milliseconds;
	/** Between two requests: as long as a challenge to a slow TPM may be answered. */
	readonly keepAlive: Milliseconds;
}

export const USUAL_LIMITS: PeerLimits = {
	handshake: seconds(10),
	headers: seconds(10),
	request: seconds(30),
	idle: minutes(1),
	keepAlive: minutes(1),
};
const CHECK_EVERY: Milliseconds = seconds(1);
const GRACE: Milliseconds = seconds(2);
const HEADERS_LIMIT: Bytes = 8192;

/** How fast a peer has to be, and how large its headers may be. */
export const pace = (limits: PeerLimits) => ({
	headersTimeout: limits.headers,
	requestTimeout: limits.request,
	keepAliveTimeout: limits.keepAlive,
	connectionsCheckingInterval: Math.min(CHECK_EVERY, limits.headers),
	maxHeaderSize: HEADERS_LIMIT,
});

/** Every request to the routes of the app, those of a connection one after another. */
export const routes = (app: FastifyInstance, refused: (code: ErrorCode) => void): RequestListener =>
	oneAtATime(
		(request, response) => {
			endUnread(request, response);
			app.routing(request, response);
		},
		(socket, underWay) => {
			refused('service-busy');
			if (underWay.headersSent) return void socket.destroy();
			// What was under way may still write: nobody is to hear of it.
			socket.on('error', () => undefined);
			hangUp(socket, '503 Service Unavailable', { code: 'service-busy', detail: BUSY }, 'retry-after: 1\r\n');
		},
	);

/** Answers in place of a request's own answer, and ends the connection. */
const hangUp = (socket: Duplex, line: string, said: Pick<Failure, 'code' | 'detail'>, more = ''): void => {
	const text = JSON.stringify(said);
	socket.end(
		`HTTP/1.1 ${line}\r\ncontent-type: application/json; charset=utf-8\r\n${more}` +
			`content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
		() => socket.destroy(),
	);
};

/** What a connection that gave no request did wrong. */
const faultOf = (code: string): Pick<Failure, 'code' | 'detail'> & { readonly line: string | null } => {
	if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
		return { code: 'peer-too-slow', detail: 'The request took too long to arrive.', line: '408 Request Timeout' };
	if (code === 'HPE_HEADER_OVERFLOW')
		return {
			code: 'packet-too-large',
			detail: 'The headers are too large.',
			line: '431 Request Header Fields Too Large',
		};
	if (code.startsWith('HPE_'))
		return { code: 'request-malformed', detail: 'This is not an HTTP/1.1 request.', line: '400 Bad Request' };
	// A TLS handshake that failed or never ended: there is nobody to answer.
	if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return { code: 'peer-too-slow', detail: '', line: null };
	if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') return { code: 'link-too-weak', detail: '', line: null };
	return { code: 'packet-malformed', detail: '', line: null };
};

/** Answers a peer whose bytes are no HTTP request, or who took too long (RFC 9110 §15.5), counts it, and hangs up. */
export const refuseMalformed = (server: Server | TlsServer, refused: (code: ErrorCode) => void): void => {
	server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
		// Connections that simply went away did nothing wrong.
		if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return void socket.destroy();
		const { code, detail, line } = faultOf(error.code ?? '');
		refused(code);
		if (line === null || !socket.writable) return void socket.destroy();
		hangUp(socket, line, { code, detail });
	});
};

/** Resolves when it listens; throws what `listen` throws. */
export const listening = async (
	server: Server | TlsServer,
	where: { port: number; host: string } | { path: string },
): Promise<void> => {
	server.listen(where);
	await once(server, 'listening');
};

/** Takes no new connection, ends event streams, lets answers under way finish for a moment, and hangs up. */
export const closed = async (server: Server | TlsServer, app: FastifyInstance): Promise<void> => {
	const done = server.listening ? once(server, 'close') : Promise.resolve();
	if (server.listening) server.close();
	await app.close();
	const hangUp = setTimeout(() => server.closeAllConnections(), GRACE);
	await done;
	clearTimeout(hangUp);
};
