import { once } from 'node:events';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { constants } from 'node:crypto';
import { join } from 'node:path';
import { type Bytes, type ErrorCode, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import type { FastifyInstance } from 'fastify';
import type { Api } from './api.ts';
import { certificateCaller, operatorCaller } from './caller.ts';
import type { Failure } from './failure.ts';

/** How long a peer may take. A peer that sends its request a byte at a time holds a connection no longer than this. */
export interface PeerLimits {
	readonly handshake: Milliseconds;
	readonly headers: Milliseconds;
	readonly request: Milliseconds;
	/** Without a byte either way; an event stream has its heartbeat. */
	readonly idle: Milliseconds;
	/** Between two requests. */
	readonly keepAlive: Milliseconds;
}

const LIMITS: PeerLimits = {
	handshake: seconds(10),
	headers: seconds(10),
	request: seconds(30),
	idle: minutes(1),
	keepAlive: seconds(30),
};
const CHECK_EVERY: Milliseconds = seconds(1);
const GRACE: Milliseconds = seconds(2);
const HEADERS_LIMIT: Bytes = 8192;
const SOCKET_NAME = 'keyward.sock';

/** PEM of the service's key and chain, and of the anchors and issuing CAs of devices and readers. */
export interface ListenerTls {
	readonly key: string;
	readonly cert: string;
	readonly ca: readonly string[];
}

export interface HttpsListener {
	readonly port: number;
	/** Takes effect for connections made from now on; open ones are judged by their certificate at every request. */
	replace(tls: ListenerTls): void;
	close(): Promise<void>;
}

/** What both doors ask of a peer's pace and size. */
const pace = (limits: PeerLimits) => ({
	headersTimeout: limits.headers,
	requestTimeout: limits.request,
	keepAliveTimeout: limits.keepAlive,
	connectionsCheckingInterval: Math.min(CHECK_EVERY, limits.headers),
	maxHeaderSize: HEADERS_LIMIT,
});

const context = ({ key, cert, ca }: ListenerTls) => ({
	key,
	cert,
	ca: [...ca],
	// RFC 8446: no older version, so nothing to downgrade to (link-encryption).
	minVersion: 'TLSv1.3' as const,
	// RFC 8446 Appendix B.4; the hybrid group first, against recording now and decrypting later.
	ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
	ecdhCurve: 'X25519MLKEM768:X25519:prime256v1',
	// Every connection shows its certificate anew: no ticket outlives a change of trust.
	secureOptions: constants.SSL_OP_NO_TICKET,
});

const routes =
	(app: FastifyInstance): RequestListener =>
	(request, response) =>
		app.routing(request, response);

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
const refuseMalformed = (server: Server | TlsServer, refused: (code: ErrorCode) => void): void => {
	server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
		// Peers that simply went away did nothing wrong.
		if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return void socket.destroy();
		const { code, detail, line } = faultOf(error.code ?? '');
		refused(code);
		if (line === null || !socket.writable) return void socket.destroy();
		const text = JSON.stringify({ code, detail });
		socket.end(
			`HTTP/1.1 ${line}\r\ncontent-type: application/json; charset=utf-8\r\n` +
				`content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
			() => socket.destroy(),
		);
	});
};

const listening = async (
	server: Server | TlsServer,
	where: { port: number; host: string } | { path: string },
): Promise<void> => {
	server.listen(where);
	await once(server, 'listening');
};

/** Takes no new connection, ends event streams, lets answers under way finish for a moment, and hangs up. */
const closed = async (server: Server | TlsServer, app: FastifyInstance): Promise<void> => {
	const done = server.listening ? once(server, 'close') : Promise.resolve();
	if (server.listening) server.close();
	await app.close();
	const hangUp = setTimeout(() => server.closeAllConnections(), GRACE);
	await done;
	clearTimeout(hangUp);
};

/**
 * The API over TLS 1.3. A client certificate is asked for and not demanded (EST's first enrolment has none): what a
 * stranger may ask is decided by each operation. Port 0 lets the system choose. Throws what `listen` throws.
 */
export const listenHttps = async ({
	api,
	port,
	host,
	limits = LIMITS,
	...tls
}: ListenerTls & {
	readonly api: Api;
	readonly port: number;
	readonly host: string;
	readonly limits?: PeerLimits;
}): Promise<HttpsListener> => {
	const { app, refused } = await api({ callerOf: certificateCaller, est: true });
	const server = createTlsServer(
		{
			...pace(limits),
			...context(tls),
			handshakeTimeout: limits.handshake,
			requestCert: true,
			rejectUnauthorized: false,
		},
		routes(app),
	);
	server.setTimeout(limits.idle);
	refuseMalformed(server, refused);
	await listening(server, { port, host });
	const address = server.address();
	return {
		port: typeof address === 'object' && address !== null ? address.port : port,
		replace: (material) => server.setSecureContext(context(material)),
		close: () => closed(server, app),
	};
};

/**
 * The API for the operator: a Unix socket in the data folder. Throws `site-configuration` when its path is too long.
 *
 * Whoever opens the socket is the operator, so the file system is the check: it is bound inside a folder that only its
 * owner can enter, closed to others, and only then moved to where it is looked for. There is no moment at which
 * another user of the machine could connect.
 */
export const listenLocal = async ({
	api,
	folder,
	limits = LIMITS,
}: {
	readonly api: Api;
	/** The data folder, which exists. */
	readonly folder: string;
	readonly limits?: PeerLimits;
}): Promise<{ readonly path: string; close(): Promise<void> }> => {
	const path = join(folder, SOCKET_NAME);
	const { app, refused } = await api({ callerOf: operatorCaller, est: false });
	const server = createServer(pace(limits), routes(app));
	refuseMalformed(server, refused);
	const closet = await mkdtemp(join(folder, '.s-'));
	try {
		const bound = join(closet, 's');
		await listening(server, { path: bound });
		await chmod(bound, 0o600);
		await rename(bound, path);
	} catch (error) {
		await closed(server, app).catch(() => undefined);
		if (Buffer.byteLength(path) < 100) throw error;
		throw new Problem('site-configuration', `${path} is too long for a Unix socket: choose a shorter data folder.`, {
			cause: error,
		});
	} finally {
		await rm(closet, { recursive: true, force: true });
	}
	return {
		path,
		close: async () => {
			await rm(path, { force: true });
			await closed(server, app);
		},
	};
};
