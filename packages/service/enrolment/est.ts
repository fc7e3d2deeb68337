import assert from 'node:assert/strict';
import { TLSSocket } from 'node:tls';
import { type ErrorCode, Problem, statusOf } from '@keyward/core';
import type { CertificationRequest } from '@keyward/core/format';
import { encodeCertsOnly } from '@keyward/core/format/certs-only';
import { CSR_LIMIT } from '@keyward/core/format/csr-limit';
import { decodeBase64 } from '@keyward/core/format/pem';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ClientProof } from './attestation.ts';
import type { Caller } from '@keyward/core/authorize';
import type { EstRpc } from './est-rpc.ts';
import { retryAfter } from '../http/failure.ts';
import { noSuchAddress } from '../http/no-such-address.ts';
import type { EstConnection } from './enrol.ts';
import {
	challengeAsJson,
	readBoot,
	readChallengeRequest,
	readCleared,
	readClearing,
	readEndorsement,
	readEvidence,
	readFloorEvidence,
} from './evidence-json.ts';

export interface EstOptions {
	readonly rpc: EstRpc;
	/** Who is at the other end of the request's TLS connection. */
	readonly callerOf: (request: FastifyRequest) => Caller;
	/** Told of every request that was not served, by its code. */
	readonly onRefused: (code: ErrorCode) => void;
}

/** Base64 of the largest request with a line break at every 64 columns. */
const BODY_LIMIT = Math.ceil((CSR_LIMIT * 4) / 3) + 1024;

/** Base64 of a quote, a boot log and an IMA list of some thousand files. */
const BOOT_LIMIT = 4 * 1024 * 1024;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Operations that RFC 7030 leaves to the server, and why this one has them not. */
const NOT_OFFERED: ReadonlyMap<string, string> = new Map([
	['fullcmc', 'Full CMC (RFC 7030 section 4.3) is not offered here: use simpleenroll and simplereenroll.'],
	[
		'serverkeygen',
		'Keys are never made on the server (RFC 7030 section 4.4): make the key on the device, and send a request for it to simpleenroll.',
	],
]);

interface Addressed {
	readonly Params: { readonly label?: string; readonly operation?: string };
}

/**
 * EST (RFC 7030, RFC 8951) under `/.well-known/est[/label]`: cacerts, csrattrs, simpleenroll, simplereenroll; and beside them,
 * for keys in hardware, challenge, evidence, endorsement, boot, floor, clearing and cleared (docs/attestation.md). A label names an application and chooses nothing: token and certificate say which is meant, and a label that says another is refused.
 * No answer is ever 202: a device that is admitted is so at once.
 */
export const est: FastifyPluginAsync<EstOptions> = async (app, { rpc, callerOf, onRefused }) => {
	// A parser for every media type of this plugin alone; what the body is, is decided by decoding it (RFC 8951 §3.1).
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
		done(null, body),
	);

	app.setErrorHandler(async (error, request, reply) => {
		const problem = asProblem(error);
		if (problem === null) throw error;
		onRefused(problem.code);
		const status = statusOf(problem.code);
		if (status === 401) void reply.header('www-authenticate', 'Basic realm="keyward enrolment", charset="UTF-8"');
		const wait = retryAfter(problem.code);
		if (wait !== null) void reply.header('retry-after', wait);
		return refuse(request, reply.status(status), problem);
	});

	type Answer = (
		request: FastifyRequest<Addressed>,
		reply: FastifyReply,
		label: string | null,
	) => Promise<FastifyReply>;
	const served = new Map<string, { readonly method: 'GET' | 'POST'; readonly answer: Answer }>();
	const route = (operation: string, method: 'GET' | 'POST', answer: Answer): void =>
		void served.set(operation, { method, answer });

	/** The link that carried the request: the service judges it, and only the listener sees it. */
	const onOf = (request: FastifyRequest, label: string | null): EstConnection => {
		const caller = callerOf(request);
		return { label, binding: channelBinding(request), link: caller.kind === 'operator' ? null : caller.link };
	};
	route('cacerts', 'GET', async (request, reply, label) =>
		sendCertificates(reply, await rpc.caCertificates(label, callerOf(request)), ''),
	);
	route('csrattrs', 'GET', async (_request, reply, label) =>
		sendBase64(reply, 'application/csrattrs', await rpc.csrAttributes(label)),
	);
	route('simpleenroll', 'POST', async (request, reply, label) => {
		const token = passwordOf(request);
		// CR 7.1: verifying a P-384 signature takes a hundred times as long as looking a token up, and strangers cost the latter.
		await rpc.requireToken(token);
		const parsed = await requestOf(request);
		return sendIssued(reply, await rpc.enrol(parsed, token, onOf(request, label)));
	});
	route('simplereenroll', 'POST', async (request, reply, label) => {
		const caller = callerOf(request);
		// RFC 7030 §3.3.2: without a client certificate a stranger could renew for anyone whose name it knows.
		if (caller.kind !== 'certificate') {
			throw new Problem(
				'not-authenticated',
				'Renewal needs the certificate that is to be renewed, shown in the TLS handshake.',
			);
		}
		const parsed = await requestOf(request);
		return sendIssued(reply, await rpc.renew(parsed, caller, onOf(request, label)));
	});
	route('challenge', 'POST', async (request, reply, label) => {
		const asked = readChallengeRequest(request.body);
		const challenge = await rpc.challenge(asked, proofOf(request, callerOf(request)), mustBind(request), label);
		return sendJson(reply, challengeAsJson(challenge));
	});
	route('endorsement', 'POST', async (request, reply, label) => {
		const certificates = readEndorsement(request.body);
		await rpc.endorse(certificates, proofOf(request, callerOf(request)), mustBind(request), label);
		return reply.status(204).header('cache-control', 'no-store').send();
	});
	// The challenge was given to who showed its token or certificate on this very connection; only its holder can answer it.
	route('evidence', 'POST', async (request, reply) => {
		await rpc.appraise(readEvidence(request.body), mustBind(request));
		return reply.status(204).header('cache-control', 'no-store').send();
	});
	route('boot', 'POST', async (request, reply) => {
		// CR 7.1: a log is large, and strangers have no business with it; who has a certificate has answered for its challenge.
		if (callerOf(request).kind !== 'certificate')
			throw new Problem(
				'not-authenticated',
				'Boot evidence needs the certificate of the device, shown in the TLS handshake.',
			);
		return sendJson(reply, { release: await rpc.appraiseBoot(readBoot(request.body), mustBind(request)) });
	});
	route('floor', 'POST', async (request, reply) => {
		if (callerOf(request).kind !== 'certificate')
			throw new Problem(
				'not-authenticated',
				'A security floor is shown under the certificate of the device, in the TLS handshake.',
			);
		await rpc.appraiseFloor(readFloorEvidence(request.body), mustBind(request));
		return reply.status(204).header('cache-control', 'no-store').send();
	});
	// erased-at-retirement: before the TPM is cleared, under the certificate; after that there is no key to prove itself with, and the
	// challenge is asked for with what this answers.
	route('clearing', 'POST', async (request, reply) => {
		const caller = callerOf(request);
		if (caller.kind !== 'certificate')
			throw new Problem('not-authenticated', 'Show the certificate of the device whose TPM is to be cleared.');
		const secret = await rpc.beginClearing(readClearing(request.body), caller, mustBind(request));
		return sendJson(reply, { secret });
	});
	route('cleared', 'POST', async (request, reply) => {
		await rpc.finishClearing(readCleared(request.body), mustBind(request));
		return reply.status(204).header('cache-control', 'no-store').send();
	});

	const operationOf = ({ params: { operation = 'boot' } }: FastifyRequest<Addressed>): string => operation;
	const open = async (request: FastifyRequest<Addressed>): Promise<void> => {
		const operation = operationOf(request);
		if (served.has(operation)) return;
		const why = NOT_OFFERED.get(operation);
		throw why === undefined ? noSuchAddress : new Problem('no-such-thing', why);
	};
	const answer = async (request: FastifyRequest<Addressed>, reply: FastifyReply): Promise<FastifyReply> => {
		const operation = operationOf(request);
		const entry = served.get(operation);
		assert(entry !== undefined);
		if (entry.method === request.method) return entry.answer(request, reply, request.params.label ?? null);
		onRefused('request-malformed');
		const detail = `/${operation} takes ${entry.method}, not ${request.method} (RFC 7030 section 3.2.2).`;
		// RFC 9110 §15.5.6.
		return refuse(request, reply.status(405).header('allow', entry.method), { code: 'request-malformed', detail });
	};
	// One address for all operations, and not two for each: fastify prepares every address and method at each start of a listener.
	for (const [operation, bodyLimit] of [
		[':operation', BODY_LIMIT],
		['boot', BOOT_LIMIT],
	] as const)
		for (const url of [`/.well-known/est/${operation}`, `/.well-known/est/:label/${operation}`])
			app.route<Addressed>({
				...{ method: [...METHODS], url, bodyLimit, exposeHeadRoute: false },
				...{ onRequest: open, handler: answer },
			});
};

/** RFC 7030 §4.2.3: a text for people; our own client asks for JSON. */
const refuse = (
	{ headers }: FastifyRequest,
	reply: FastifyReply,
	{ code, detail }: Pick<Problem, 'code' | 'detail'>,
): FastifyReply => {
	void reply.header('cache-control', 'no-store');
	return (headers.accept ?? '').includes('application/json')
		? reply.send({ code, detail })
		: reply.type('text/plain; charset=utf-8').send(`${code}: ${detail}\n`);
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

/** The request in the body, its signature verified. Throws `Problem('csr-malformed')`, and `Problem('csr-signature')` when it was made for another connection. */
const requestOf = async (request: FastifyRequest): Promise<CertificationRequest> => {
	if (typeof request.body !== 'string')
		throw new Problem('csr-malformed', 'The body is empty: send a PKCS #10 request in base64.');
	// With the first request: the structures of X.509 are ninety modules.
	const { parseCsr } = await import('@keyward/core/format/csr');
	const parsed = parseCsr(decodeBase64(request.body, 'csr-malformed'));
	const { challengePassword } = parsed;
	// RFC 7030 §3.5, RFC 9266: a request bound to a connection is good on that one alone, so that anyone who sits between
	// two TLS connections cannot pass it on as its own. Clients that cannot bind (curl) leave the attribute out.
	if (challengePassword !== null && challengePassword !== channelBinding(request)) {
		throw new Problem('csr-signature', 'The challengePassword of this request is not that of this TLS connection.');
	}
	return parsed;
};

/** base64 of tls-exporter (RFC 9266 §4.2); null on a connection that has none. */
const channelBinding = ({ raw: { socket } }: FastifyRequest): string | null =>
	socket instanceof TLSSocket && socket.getProtocol() === 'TLSv1.3'
		? socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64')
		: null;

/** A challenge is asked for as a certificate is: under a token, or under the certificate that is to be renewed. */
const proofOf = (request: FastifyRequest, caller: Caller): ClientProof =>
	caller.kind === 'certificate' && request.headers.authorization === undefined
		? { certificate: caller.fingerprint }
		: proofOfPassword(passwordOf(request));

/** `cleared:APPLICATION/DEVICE:SECRET` of a device whose key went with its TPM; anything else is a token. */
const proofOfPassword = (password: string): ClientProof => {
	const [, application, id, secret] = /^cleared:([^/:]+)\/([^/:]+):([\w-]+)$/.exec(password) ?? [];
	return application === undefined || id === undefined || secret === undefined
		? { token: password }
		: { clearing: { application, id, secret } };
};

/** Evidence that hangs on no connection could be brought from another (RFC 9334 §10.2). */
const mustBind = (request: FastifyRequest): string => {
	const binding = channelBinding(request);
	if (binding === null) throw new Problem('link-too-weak', 'Evidence is taken over TLS 1.3 alone.');
	return binding;
};

const sendJson = (reply: FastifyReply, value: object): FastifyReply =>
	reply.type('application/json').header('cache-control', 'no-store').send(JSON.stringify(value));

/** RFC 7030 §4.1.3, §4.2.3. */
const sendCertificates = (
	reply: FastifyReply,
	certificates: readonly Uint8Array[],
	parameter = '; smime-type=certs-only',
): FastifyReply => sendBase64(reply, `application/pkcs7-mime${parameter}`, encodeCertsOnly(certificates));

/** RFC 7030 §4.2.3: the certificate alone, "MUST be a certs-only … that contains only the certificate that was issued". */
const sendIssued = (reply: FastifyReply, [certificate]: readonly Uint8Array[]): FastifyReply =>
	sendCertificates(reply, certificate === undefined ? [] : [certificate]);

/** Base64 on one line, as some clients want it, and a header that says nothing (RFC 8951 §3.1) and that older ones look for. */
const sendBase64 = (reply: FastifyReply, type: string, der: Uint8Array): FastifyReply =>
	reply
		.type(type)
		.header('content-transfer-encoding', 'base64')
		.header('cache-control', 'no-store')
		.send(Buffer.from(der).toString('base64'));

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
