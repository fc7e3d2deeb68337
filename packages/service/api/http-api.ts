import { TLSSocket } from 'node:tls';
import type { Bytes, ErrorCode, Milliseconds } from '@keyward/core';
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
import { requireFairParts } from '../http/fair-parts.ts';
import { requireOneHost } from '../http/host-header.ts';
import { type Failure, type FailureLog, failureOf, retryAfter } from '../http/failure.ts';
import { monitorRoutes } from './monitor-routes.ts';
import { noSuchAddress } from '../http/no-such-address.ts';
import type { OperationEntries } from './operation-entry.ts';
import { operationRoute } from './operation-route.ts';
import { requireOwnHost } from '../http/own-host.ts';
import { requireOwnPage } from '../http/own-page.ts';
import {
	CERTIFICATES,
	DOWNLOADS,
	networkOf,
	PERSONS,
	RATES,
	STRANGERS,
	STREAMS,
	subscriberOf,
} from '../http/peer-limits.ts';
import { validators } from '../http/validators.ts';
import { createGate, createQuota } from '../http/quota.ts';
import { createRate } from '../http/rate.ts';
import { faultInWords } from '../http/schema-fault.ts';
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
	readonly operations: OperationEntries;
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

export const createApi = (options: ApiOptions): Api => {
	const { rpc, operations, version, artefacts = '', securityText, log, onRefused, est, people } = options;
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
			rate(subscriberOf(networkOf(request.raw.socket.remoteAddress)));
		};

		const isWhole = listener.only === null;
		const app = fastify({
			bodyLimit: BODY_LIMIT,
			pluginTimeout: PLUGIN_TIMEOUT,
			exposeHeadRoutes: false,
			// Input is judged as it came: nothing is converted, dropped or filled in (CR 3.5).
			ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
			schemaController: validators,
			schemaErrorFormatter: ([first], part) => new Error(faultInWords(first, part)),
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
		app.setErrorHandler((error, request, reply) =>
			error === noSuchAddress ? answerNothing(request, reply) : answer(error, request, reply),
		);
		// Before anything else is looked at.
		app.addHook('onRequest', async (request) => countRequest(request));
		app.addHook('onRequest', requireOneHost);
		app.addHook('onRequest', async (request) => {
			if (callerOf(request).kind === 'person') requireOwnPage(request);
		});
		app.addHook('onRequest', async (request) => {
			if (callerOf(request).kind === 'person') requireOwnHost(request);
		});
		requireFairParts(app);
		let showPage: ReturnType<typeof pageRoutes> | null = null;
		const answerNothing = (request: FastifyRequest, reply: FastifyReply): void => {
			onRefused?.('no-such-thing');
			if (showPage?.(request, reply) === true) return;
			void reply.code(404).send({
				code: 'no-such-thing',
				detail: isWhole
					? `There is no ${request.method} ${request.url.split('?')[0] ?? ''} here; /v1/openapi.json lists what is.`
					: 'This port serves enrolment (EST) alone: the API is at the port that takes TLS 1.3.',
			});
		};
		app.setNotFoundHandler(answerNothing);
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
			const { openapi } = await import('@keyward/contract');
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
				const peer =
					caller.kind === 'certificate'
						? caller.fingerprint
						: subscriberOf(networkOf(request.raw.socket.remoteAddress));
				return gates[caller.kind].during(peer, async () => handler.call(this, request, reply));
			};
		});

		if (isWhole) {
			operationRoute(app, rpc, operations, callerOf);
			ownerRoute(app, rpc, operations, callerOf, { folder: artefacts, downloads });
			if (people !== undefined && listener.est) peopleRoutes(app, people, callerOf);
			readingsRoute(app, rpc, operations, streams, callerOf, describe);
		}
		if (est !== undefined && listener.est)
			await app.register(est({ callerOf, onRefused: (code) => onRefused?.(code) }));
		await app.ready();
		return { app, refused: (code) => onRefused?.(code) };
	};
};
