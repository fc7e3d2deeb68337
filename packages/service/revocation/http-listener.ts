import { hash } from 'node:crypto';
import { type ErrorCode, type Instant, Problem } from '@keyward/core';
import {
	decodeBase64,
	OCSP_REQUEST_LIMIT,
	ocspFailure,
	type OcspRequest,
	parseOcspRequest,
} from '@keyward/core/format';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { OcspReply } from './ocsp-responder.ts';
import type { PublishedList } from './revocation-lists.ts';
import { type FailureLog, failureOf } from '../http/failure.ts';
import { requireFairParts } from '../http/fair-parts.ts';
import { requireOneHost } from '../http/host-header.ts';
import { boundConnections } from '../http/bound-connections.ts';
import {
	closed,
	listening,
	pace,
	type PeerLimits,
	refuseMalformed,
	routes,
	USUAL_LIMITS,
} from '../http/peer-timeouts.ts';
import { networkOf, STRANGERS, subscriberOf } from '../http/peer-limits.ts';
import { createGate } from '../http/quota.ts';

const { createServer } = process.getBuiltinModule('node:http');

export interface StatusOptions {
	/** By {@link PublishedList.name}; whatever is in it is served. */
	readonly lists: ReadonlyMap<string, PublishedList>;
	readonly ocsp: (request: OcspRequest) => Promise<OcspReply>;
	readonly now: () => Instant;
	readonly log: FailureLog;
	readonly onRefused: (code: ErrorCode) => void;
}

/** A list may be kept so long by a cache: others come at any moment. */
const LIST_AGE_SECONDS = 60;

/**
 * Certificate status for anyone who needs it, over plain HTTP: what lies here is signed by the CA, and asking for it over TLS
 * would need the status of one more certificate (RFC 5280 §8). Nothing else is served, nothing is written, nobody is known.
 */
export const createStatusApp = async (options: StatusOptions): Promise<FastifyInstance> => {
	const { lists, ocsp, now, log, onRefused } = options;
	/** CR 7.1: a flood of strangers' questions must not stand before devices' readings. */
	const gate = createGate(STRANGERS);

	const app = fastify({
		bodyLimit: OCSP_REQUEST_LIMIT,
		exposeHeadRoutes: false,
		routerOptions: { maxParamLength: 256 },
		frameworkErrors: (error, request, reply) => refuse(error, request, reply),
	});
	const refuse = (error: unknown, _request: FastifyRequest, reply: FastifyReply): void => {
		const { status, code, detail } = failureOf(error, { kind: 'anonymous', link: null }, log);
		onRefused(code);
		void reply.code(status).header('cache-control', 'no-store').send({ code, detail });
	};
	const nothingHere = (): Problem =>
		new Problem('no-such-thing', 'There is only /crl/KEY.crl, /ca/KEY.cer and /ocsp here, as certificates name them.');
	// A parser for every media type: what a body is, is decided by decoding it.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
	app.setErrorHandler(refuse);
	app.addHook('onRequest', requireOneHost);
	requireFairParts(app);
	app.setNotFoundHandler((request, reply) => refuse(nothingHere(), request, reply));
	app.addHook('onSend', async (_request, reply) => {
		void reply.header('x-content-type-options', 'nosniff');
	});

	const sendFile = (request: FastifyRequest, reply: FastifyReply, type: string, bytes: Uint8Array): void => {
		const tag = `"${hash('sha256', bytes, 'base64url')}"`;
		void reply.headers({ etag: tag, 'cache-control': `public, max-age=${LIST_AGE_SECONDS}` });
		if (namesTag(request.headers['if-none-match'], tag)) void reply.code(304).send();
		else void reply.type(type).send(bytes);
	};
	const fileRoute = (path: string, end: string, type: string, bytesOf: (list: PublishedList) => Uint8Array): void => {
		app.route<{ Params: { file: string } }>({
			method: ['GET', 'HEAD'],
			url: `/${path}/:file`,
			handler: async (request, reply) => {
				const { file } = request.params;
				const list = file.endsWith(end) ? lists.get(file.slice(0, -end.length)) : undefined;
				if (list === undefined) throw nothingHere();
				sendFile(request, reply, type, bytesOf(list));
				return reply;
			},
		});
	};
	// RFC 2585 §4.1, §4.2.
	fileRoute('crl', '.crl', 'application/pkix-crl', ({ list }) => list);
	fileRoute('ca', '.cer', 'application/pkix-cert', ({ certificate }) => certificate);

	/** RFC 6960 §2.3: whatever is wrong with a question is said in an OCSPResponse. */
	const answer = async ({ raw }: FastifyRequest, read: () => Uint8Array): Promise<OcspReply> => {
		let asked: OcspRequest;
		try {
			asked = parseOcspRequest(read());
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			onRefused(error.code);
			return { response: ocspFailure('malformedRequest'), until: null };
		}
		try {
			return await gate.during(subscriberOf(networkOf(raw.socket.remoteAddress)), () => ocsp(asked));
		} catch (error) {
			// Too many ask, or the store or a CA's token is away for now.
			if (error instanceof Problem) {
				onRefused(error.code);
				return { response: ocspFailure('tryLater'), until: null };
			}
			log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'no OCSP answer');
			return { response: ocspFailure('internalError'), until: null };
		}
	};
	const sendOcsp = (reply: FastifyReply, { response, until }: OcspReply, cacheable: boolean): FastifyReply => {
		const age = until === null || !cacheable ? 0 : Math.floor((until - now()) / 1000);
		// RFC 5019 §6.2: only what was asked by GET and has no nonce is for caches.
		if (age <= 0) void reply.header('cache-control', 'no-store');
		else {
			void reply.headers({
				'cache-control': `public, no-transform, must-revalidate, max-age=${age}`,
				expires: new Date(now() + age * 1000).toUTCString(),
				etag: `"${hash('sha256', response, 'base64url')}"`,
			});
		}
		return reply.type('application/ocsp-response').send(response);
	};
	app.post('/ocsp', async (request, reply) =>
		sendOcsp(
			reply,
			await answer(request, () => (Buffer.isBuffer(request.body) ? Uint8Array.from(request.body) : new Uint8Array())),
			false,
		),
	);
	// RFC 6960 Appendix A.1; the base64 may hold slashes, escaped or, by many a client, bare.
	app.get('/ocsp/*', async (request, reply) =>
		sendOcsp(reply, await answer(request, () => decodeBase64(questionOf(request.url), 'request-malformed')), true),
	);
	await app.ready();
	return app;
};

/** RFC 9110 §13.1.2: `*`, or a list in which weak tags count as their strong ones. */
const namesTag = (header: string | undefined, tag: string): boolean =>
	header?.trim() === '*' || (header ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === tag);

/** What follows `/ocsp/`. Throws `Problem('request-malformed')` when its escapes are malformed. */
const questionOf = (url: string): string => {
	try {
		return decodeURIComponent(url.slice('/ocsp/'.length));
	} catch (cause) {
		throw new Problem('request-malformed', 'The address has a broken escape.', { cause });
	}
};

/** Listens in plain HTTP. Port 0 lets the system choose. Throws what `listen` throws. */
export const listenHttp = async ({
	port,
	host,
	limits = USUAL_LIMITS,
	...options
}: StatusOptions & { readonly port: number; readonly host: string; readonly limits?: PeerLimits }): Promise<{
	readonly port: number;
	close(): Promise<void>;
}> => {
	const app = await createStatusApp(options);
	const server = createServer(pace(limits), routes(app, options.onRefused));
	boundConnections(options.onRefused)(server);
	server.setTimeout(limits.idle);
	refuseMalformed(server, options.onRefused);
	await listening(server, { port, host });
	const address = server.address();
	return {
		port: typeof address === 'object' && address !== null ? address.port : port,
		close: () => closed(server, app),
	};
};
