import { TLSSocket } from 'node:tls';
import { namePattern } from '@keyward/core/device';
import type { Bytes, ErrorCode, Milliseconds } from '@keyward/core';
import { openapi, type OperationName, type Operations, operations } from '@keyward/contract';
import fastify, {
	type FastifyInstance,
	type FastifyPluginAsync,
	type FastifyReply,
	type FastifyRequest,
} from 'fastify';
import type { Caller } from '@keyward/core/authorize';
import type { SecurityText } from '@keyward/core/update';
import type { ApiRpc } from './api-rpc.ts';
import type { CallerOf } from '../http/caller.ts';
import { requireOneHost } from '../http/host-header.ts';
import { idempotencyKeyIn } from '../http/idempotency-key.ts';
import { type Failure, type FailureLog, failureOf, retryAfter } from '../http/failure.ts';
import { mayAsk } from './may-ask.ts';
import { monitorRoutes } from './monitor-routes.ts';
import { requireOwnHost } from '../http/own-host.ts';
import { requireOwnPage } from '../http/own-page.ts';
import { CERTIFICATES, DOWNLOADS, networkOf, PERSONS, RATES, STRANGERS, STREAMS } from '../http/peer-limits.ts';
import { validators } from '../http/validators.ts';
import { createGate, createQuota } from '../http/quota.ts';
import { createRate } from '../http/rate.ts';
import { strictTransport } from '../http/strict-transport.ts';
import type { PeopleRpc } from '../people/people-rpc.ts';
import { pageRoutes } from '../page/page-routes.ts';
import { ownerRoute } from './owner-route.ts';
import { peopleRoutes } from './people-routes.ts';
import { readingsRoute } from './readings-route.ts';
import { securityRoute } from './security-route.ts';

/** A plugin that adds the EST routes (RFC 7030) to a listener. */
export type EstPlugin = (options: {
	readonly callerOf: (request: FastifyRequest) => Caller;
	readonly onRefused: (code: ErrorCode) => void;
}) => FastifyPluginAsync;

export interface ApiOptions {
	readonly rpc: ApiRpc;
	readonly version: string;
	/** Folder of the contents of releases. */
	readonly artefacts?: string;
	/** How to report a flaw; nothing is said where it is left out. */
	readonly securityText?: SecurityText | null;
	readonly log: FailureLog;
	/** Told of every request that was not served, by its code. */
	readonly onRefused?: (code: ErrorCode) => void;
	readonly est?: EstPlugin;
	/** What people's pages ask; no listener has a page without it. */
	readonly people?: PeopleRpc;
}

/** The HTTP API behind one listener, whose `callerOf` says who is calling. Not listening by itself. */
export type Api = (listener: {
	readonly callerOf: CallerOf;
	readonly est: boolean;
	/** A listener for devices that stop at TLS 1.2 serves their enrolment: no page, no reading, no operation. */
	readonly only: 'est' | null;
}) => Promise<{
	readonly app: FastifyInstance;
	/** For what the listener refuses before it is a request. */
	refused(code: ErrorCode): void;
}>;

const BODY_LIMIT: Bytes = 512 * 1024;
const PLUGIN_TIMEOUT: Milliseconds = 10_000;

/** What a schema's checker says, in plain words. */
const plainly = ({ keyword, message = 'is malformed', params }: SchemaFault): string => {
	const bound = Number(params['limit']);
	if (keyword === 'pattern') return formOf(String(params['pattern']));
	if (keyword === 'minimum') return `must be ${bound} or more`;
	if (keyword === 'maximum') return `must be ${bound} or less`;
	if (keyword === 'anyOf' || keyword === 'oneOf') return 'has another form than those in /v1/openapi.json';
	return message.replace('must NOT have fewer than 1 characters', 'must not be empty').replace('must NOT', 'must not');
};

interface SchemaFault {
	readonly keyword: string;
	readonly message?: string | undefined;
	readonly params: Readonly<Record<string, unknown>>;
}

/** A regular expression is no answer to a person. */
const formOf = (pattern: string): string => {
	const named = 'must be a name: 1 to 64 of a-z 0-9 . - that begin and end with a letter or digit';
	if (pattern === namePattern) return named;
	return pattern.startsWith(`${namePattern}|`)
		? `${named}, or * for every one`
		: 'is not in the form that it has in /v1/openapi.json';
};

export const createApi = (options: ApiOptions): Api => {
	const { rpc, version, artefacts = '', securityText, log, onRefused, est, people } = options;
	// CR 7.1: few at a time of one peer, and of all strangers, at however many listeners.
	const gates = {
		...{ certificate: createGate(CERTIFICATES), person: createGate(PERSONS), anonymous: createGate(STRANGERS) },
	};
	const rates = {
		certificate: createRate(RATES.certificate),
		network: createRate(RATES.network),
		enrolment: createRate(RATES.enrolment),
	};
	const streams = createQuota(STREAMS.each, STREAMS.all);
	const downloads = createQuota(DOWNLOADS.each, DOWNLOADS.all);
	return async (listener) => {
		const callerOf = (request: FastifyRequest): Caller => listener.callerOf(request.raw.socket, request.headers);
		const describe = (error: unknown, request: FastifyRequest): Failure => {
			const failure = failureOf(error, callerOf(request), log);
			onRefused?.(failure.code);
			return failure;
		};
		const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
			const { status, code, detail } = describe(error, request);
			// RFC 9110 §15.5.2 wants a challenge; no scheme is registered for TLS client certificates.
			if (status === 401) void reply.header('www-authenticate', 'ClientCertificate realm="keyward"');
			const wait = retryAfter(code);
			if (wait !== null) void reply.header('retry-after', wait);
			void reply.code(status).header('cache-control', 'no-store').send({ code, detail });
		};

		/** CR 7.1: every request counts, also one that leads nowhere or is cheap to answer. */
		const countRequest = (request: FastifyRequest): void => {
			const caller = callerOf(request);
			if (caller.kind === 'operator') return;
			if (caller.kind === 'certificate') return rates.certificate(caller.fingerprint);
			const rate = request.routeOptions.url?.startsWith('/.well-known/est/') ? rates.enrolment : rates.network;
			rate(networkOf(request.raw.socket.remoteAddress));
		};

		const isWhole = listener.only === null;
		const app = fastify({
			bodyLimit: BODY_LIMIT,
			pluginTimeout: PLUGIN_TIMEOUT,
			exposeHeadRoutes: false,
			// Input is judged as it came: nothing is converted, dropped or filled in (CR 3.5).
			ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
			schemaController: validators,
			schemaErrorFormatter: ([first], part) => {
				const extra = first?.params['additionalProperty'];
				const field = `${part}${(first?.instancePath ?? '').replaceAll('/', '.')}${typeof extra === 'string' ? `.${extra}` : ''}`;
				return new Error(
					`${field} ${typeof extra === 'string' ? 'is not a field of this request' : first === undefined ? 'is malformed' : plainly(first)}`,
				);
			},
			// An address that cannot be read comes to no hook.
			frameworkErrors: (error, request, reply) => {
				try {
					countRequest(request);
					answer(error, request, reply);
				} catch (tooOften) {
					answer(tooOften, request, reply);
				}
			},
		});
		app.removeContentTypeParser('text/plain');
		app.setErrorHandler(answer);
		// Before anything else is looked at.
		app.addHook('onRequest', async (request) => countRequest(request));
		app.addHook('onRequest', requireOneHost);
		app.addHook('onRequest', async (request) => {
			if (callerOf(request).kind === 'person') requireOwnPage(request);
		});
		app.addHook('onRequest', async (request) => {
			if (callerOf(request).kind === 'person') requireOwnHost(request);
		});
		let showPage: ReturnType<typeof pageRoutes> | null = null;
		app.setNotFoundHandler((request, reply) => {
			onRefused?.('no-such-thing');
			if (showPage?.(request, reply) === true) return;
			void reply.code(404).send({
				code: 'no-such-thing',
				detail: isWhole
					? `There is no ${request.method} ${request.url.split('?')[0] ?? ''} here; /v1/openapi.json lists what is.`
					: 'This port serves enrolment (EST) alone: the API is at the port that takes TLS 1.3.',
			});
		});
		app.addHook('onSend', async (request, reply) => {
			// The console's own files alone say otherwise.
			if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
			void reply.header('x-content-type-options', 'nosniff');
			// Another site's page embeds nothing of this one (Fetch §3.7).
			void reply.header('cross-origin-resource-policy', 'same-origin');
			const strict = request.raw.socket instanceof TLSSocket ? strictTransport(request.headers.host) : null;
			if (strict !== null) void reply.header('strict-transport-security', strict);
		});

		// Written when it is first asked for: a listener of most sites never is.
		let description: Buffer | undefined;
		app.get('/v1/openapi.json', async (_request, reply) => {
			description ??= Buffer.from(JSON.stringify(openapi(version)));
			return reply.type('application/json; charset=utf-8').send(description);
		});
		if (people !== undefined && listener.est && isWhole) showPage = pageRoutes(app);
		securityRoute(app, securityText ?? null);
		monitorRoutes(app, rpc, (request) => callerOf(request).kind === 'operator');

		// CR 7.1: what follows asks the committer, or has signatures verified; few are under way at a time.
		app.addHook('onRoute', (route) => {
			const { handler } = route;
			route.handler = function (request, reply) {
				const caller = callerOf(request);
				if (caller.kind === 'operator') return handler.call(this, request, reply);
				const peer = caller.kind === 'certificate' ? caller.fingerprint : networkOf(request.raw.socket.remoteAddress);
				return gates[caller.kind].during(peer, async () => handler.call(this, request, reply));
			};
		});

		const operationRoute = (operation: (typeof operations)[OperationName]): void => {
			const { name } = operation;
			app.post(
				`/v1/operations/${name}`,
				{ schema: { body: operation.input }, onRequest: mayAsk(operation, callerOf) },
				// The schema that judged the body compiles only where it says the same as the type.
				async (request) =>
					rpc.call(
						name,
						request.body as Operations[typeof name]['input'],
						callerOf(request),
						'safe' in operation ? undefined : idempotencyKeyIn(request.headers['idempotency-key']),
					),
			);
		};
		if (isWhole) {
			for (const operation of Object.values(operations)) operationRoute(operation);
			ownerRoute(app, rpc, callerOf, { folder: artefacts, downloads });
			if (people !== undefined && listener.est) peopleRoutes(app, people, callerOf);
			readingsRoute(app, rpc, streams, callerOf, describe);
		}
		if (est !== undefined && listener.est)
			await app.register(est({ callerOf, onRefused: (code) => onRefused?.(code) }));
		await app.ready();
		return { app, refused: (code) => onRefused?.(code) };
	};
};
