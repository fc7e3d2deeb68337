import { type Milliseconds, Problem, seconds } from '@keyward/core';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { ApiRpc } from './api-rpc.ts';
import { closed, listening, pace, refuseMalformed, routes, USUAL_LIMITS } from '../http/peer-timeouts.ts';

const { createServer } = process.getBuiltinModule('node:http');

/** How long the committer may take to say how it is; one that takes longer is not ready. */
const PATIENCE: Milliseconds = seconds(3);

/** How old the answer of `/healthz` may be that strangers get. */
const HEALTH_AGE: Milliseconds = seconds(1);

interface Readiness {
	readonly ready: boolean;
	readonly reasons: readonly string[];
}

const readiness = async (rpc: ApiRpc, patience: Milliseconds): Promise<Readiness> => {
	const late = Promise.withResolvers<Readiness>();
	const timer = setTimeout(late.resolve, patience, { ready: false, reasons: ['the committer does not answer'] });
	try {
		return await Promise.race([rpc.health(), late.promise]);
	} catch {
		return { ready: false, reasons: ['the committer is gone'] };
	} finally {
		clearTimeout(timer);
	}
};

/** One answer for everybody who asks within `age` of when it was asked for (CR 7.1). */
const sharedFor = <Value>(age: Milliseconds, ask: () => Promise<Value>): (() => Promise<Value>) => {
	let kept: { readonly answer: Promise<Value>; readonly until: number } | null = null;
	return () => {
		const now = performance.now();
		if (kept === null || now >= kept.until) kept = { answer: ask(), until: now + age };
		return kept.answer;
	};
};

/**
 * `/healthz`: whether the site can do its work (503 when not), and `/healthz/live`: whether the process answers at all.
 * `/metrics`: only to those of whom `seesAll` says so, because figures tell what a fleet is and does (CR 2.1); the same holds
 * for the reasons of `/healthz`.
 */
export const monitorRoutes = (
	app: FastifyInstance,
	rpc: ApiRpc,
	seesAll: (request: FastifyRequest) => boolean,
	patience: Milliseconds = PATIENCE,
): void => {
	const shared = sharedFor(HEALTH_AGE, () => readiness(rpc, patience));
	app.get('/healthz', async (request, reply) => {
		const all = seesAll(request);
		const { ready, reasons } = await (all ? readiness(rpc, patience) : shared());
		void reply.code(ready ? 200 : 503);
		return { status: ready ? 'ok' : 'not ready', ...(all && { reasons }) };
	});
	app.get('/healthz/live', async () => ({ status: 'ok' }));
	app.get('/metrics', async (request, reply) => {
		if (!seesAll(request))
			throw new Problem(
				'not-granted',
				"Metrics are for this machine's operator: ask the socket in the data folder, or set metrics in the site file.",
			);
		void reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8');
		return rpc.metrics();
	});
};

/** The same in plain HTTP on an address of this machine alone: anyone who has an account on it may ask. Throws what `listen` throws. */
export const listenMonitor = async (
	rpc: ApiRpc,
	{ host, port }: { readonly host: string; readonly port: number },
	patience: Milliseconds = PATIENCE,
): Promise<{ readonly port: number; close(): Promise<void> }> => {
	const app = fastify({ exposeHeadRoutes: false });
	monitorRoutes(app, rpc, () => true, patience);
	await app.ready();
	const server = createServer(
		pace(USUAL_LIMITS),
		routes(app, () => {}),
	);
	refuseMalformed(server, () => {});
	await listening(server, { host, port });
	const address = server.address();
	return {
		port: typeof address === 'object' && address !== null ? address.port : port,
		close: () => closed(server, app),
	};
};
