import { TLSSocket } from 'node:tls';
import { type ErrorCode, Problem } from '@keyward/core';
import { CSR_LIMIT, decodeBase64, encodeCertsOnly, parseCsr } from '@keyward/core/format';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller, Door } from '../live/door.ts';

export interface EstOptions {
	readonly door: Pick<Door, 'caCertificates' | 'enrol' | 'renew'>;
	/** Who is at the other end of the request's TLS connection. */
	readonly callerOf: (request: FastifyRequest) => Caller;
}

/** Base64 of the largest request with a line break at every 64 columns. */
const BODY_LIMIT = Math.ceil((CSR_LIMIT * 4) / 3) + 1024;

/** Refusals that mean: this caller has not shown who it is. Everything else that is refused is 403, malformed 400. */
const UNAUTHENTICATED: ReadonlySet<ErrorCode> = new Set([
	'not-authenticated',
	'token-unknown',
	'token-spent',
	'token-expired',
	'certificate-unknown',
	'certificate-expired',
	'certificate-revoked',
]);
const MALFORMED: ReadonlySet<ErrorCode> = new Set([
	'csr-malformed',
	'csr-signature',
	'request-malformed',
	'certificate-malformed',
]);
const OURS: ReadonlySet<ErrorCode> = new Set(['store-failed', 'site-configuration', 'key-file', 'site-unreachable']);

/**
 * EST (RFC 7030, RFC 8951) under `/.well-known/est[/label]`: cacerts, simpleenroll, simplereenroll. A label chooses nothing:
 * token and certificate say which application is meant. Keys are never made on the server (RFC 7030 §4.4): a key that
 * travelled is not the device's own.
 */
export const est: FastifyPluginAsync<EstOptions> = async (app, { door, callerOf }) => {
	// A parser for every media type of this plugin alone; what the body is, is decided by decoding it (RFC 8951 §3.1).
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
		done(null, body),
	);

	app.setErrorHandler(async (error, request, reply) => {
		const problem = asProblem(error);
		if (problem === null) throw error;
		if (UNAUTHENTICATED.has(problem.code))
			void reply.header('www-authenticate', 'Basic realm="keyward enrolment", charset="UTF-8"');
		void reply.status(statusOf(problem.code)).header('cache-control', 'no-store');
		// RFC 7030 §4.2.3: a text for people; our own client asks for JSON.
		if ((request.headers.accept ?? '').includes('application/json'))
			return { code: problem.code, detail: problem.detail };
		return reply.type('text/plain; charset=utf-8').send(`${problem.code}: ${problem.detail}\n`);
	});

	for (const base of ['/.well-known/est', '/.well-known/est/:label']) {
		app.get(`${base}/cacerts`, async (_request, reply) => sendCertificates(reply, await door.caCertificates(), ''));

		app.post(`${base}/simpleenroll`, async (request, reply) => {
			const token = passwordOf(request);
			const csr = requestOf(request);
			return sendCertificates(reply, await door.enrol(csr, token));
		});

		app.post(`${base}/simplereenroll`, async (request, reply) => {
			const caller = callerOf(request);
			// RFC 7030 §3.3.2: without a client certificate a stranger could renew for anyone whose name it knows.
			if (caller.kind !== 'certificate') {
				throw new Problem(
					'not-authenticated',
					'Renewal needs the certificate that is to be renewed, shown in the TLS handshake.',
				);
			}
			const csr = requestOf(request);
			return sendCertificates(reply, await door.renew(csr, caller));
		});
	}
};

/** The password of Basic authentication is the one-time token; the user name says nothing (RFC 7030 §3.2.3). */
const passwordOf = ({ headers }: FastifyRequest): string => {
	const [, credentials] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(headers.authorization ?? '') ?? [];
	const text = credentials === undefined ? '' : Buffer.from(credentials, 'base64').toString('utf8');
	const password = text.slice(text.indexOf(':') + 1);
	if (text.includes(':') && password !== '') return password;
	throw new Problem(
		'not-authenticated',
		'Enrolment needs the one-time token of the commissioning string as the Basic password.',
	);
};

/** The DER request in the body. Throws `Problem('csr-malformed')`, and `Problem('csr-signature')` when it was made for another connection. */
const requestOf = (request: FastifyRequest): Uint8Array => {
	if (typeof request.body !== 'string')
		throw new Problem('csr-malformed', 'The body is empty: send a PKCS #10 request in base64.');
	const csr = decodeBase64(request.body, 'csr-malformed');
	const { challengePassword } = parseCsr(csr);
	// RFC 7030 §3.5, RFC 9266: a request bound to a connection is good on that one alone, so that whoever sits between
	// two TLS connections cannot pass it on as its own. Clients that cannot bind (curl) leave the attribute out.
	if (challengePassword !== null && challengePassword !== channelBinding(request)) {
		throw new Problem('csr-signature', 'The challengePassword of this request is not that of this TLS connection.');
	}
	return csr;
};

/** base64 of tls-exporter (RFC 9266 §4.2); null on a connection that has none. */
const channelBinding = ({ raw: { socket } }: FastifyRequest): string | null =>
	socket instanceof TLSSocket && socket.getProtocol() === 'TLSv1.3'
		? socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64')
		: null;

/** RFC 7030 §4.1.3, §4.2.3; base64 on one line, as some clients want it, and the header that older ones look for. */
const sendCertificates = (
	reply: FastifyReply,
	certificates: readonly Uint8Array[],
	parameter = '; smime-type=certs-only',
) =>
	reply
		.type(`application/pkcs7-mime${parameter}`)
		.header('content-transfer-encoding', 'base64')
		.header('cache-control', 'no-store')
		.send(Buffer.from(encodeCertsOnly(certificates)).toString('base64'));

/** Fastify's own refusals of a body, in our codes; null for what is a fault of ours. */
const asProblem = (error: unknown): Problem | null => {
	if (error instanceof Problem) return error;
	if (!(error instanceof Error) || !('code' in error)) return null;
	if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
		return new Problem('packet-too-large', `A request may be ${BODY_LIMIT} bytes long.`);
	if (error.code === 'FST_ERR_CTP_EMPTY_JSON_BODY' || error.code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') {
		return new Problem('csr-malformed', 'The body is not what its headers say.');
	}
	return null;
};

const statusOf = (code: ErrorCode): number => {
	if (UNAUTHENTICATED.has(code)) return 401;
	if (MALFORMED.has(code)) return 400;
	if (OURS.has(code)) return 503;
	return code === 'packet-too-large' ? 413 : 403;
};
