import { Problem, writtenInstant } from '@keyward/core';
import { namePattern } from '@keyward/core/device/name';
import type { RowView } from '@keyward/contract';
import { cursorFault, mostReadings } from '@keyward/contract/cursor';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '@keyward/core/authorize';
import type { StreamName } from '@keyward/core/port';
import type { ApiRpc } from './api-rpc.ts';
import { mayAsk } from './may-ask.ts';
import type { OperationEntries } from './operation-entry.ts';
import { sendEvents } from './event-stream.ts';
import type { Failure } from '../http/failure.ts';
import { STREAMS } from '../http/peer-limits.ts';
import type { Quota } from '../http/quota.ts';

const USUAL_LIMIT = 100;

const name = { type: 'string', pattern: namePattern, maxLength: 64 };
const text = { type: 'string' };
/** A misspelt field is an error, never ignored. */
const exactly = (properties: object, required: readonly string[]) => ({
	...{ type: 'object', properties, required, additionalProperties: false },
});
const params = exactly({ application: name, device: name, stream: name }, ['application', 'device', 'stream']);
const query = exactly({ after: text, limit: text, from: text, to: text }, []);

interface ReadingsRoute {
	Params: StreamName;
	Querystring: { readonly [Field in 'after' | 'limit' | 'from' | 'to']?: string };
}

/** A whole number in a query or header, or the usual one when absent. Throws `request-malformed`. */
const wholeNumber = (field: string, text: string | undefined, usual: number, from: number, to: number): number => {
	if (text === undefined) return usual;
	const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
	if (!(value >= from && value <= to))
		throw new Problem('request-malformed', `${field} must be a whole number from ${from} to ${to}.`);
	return value;
};

/** A cursor in a query or header. Whether it means a reading of this store is judged with the stream. Throws `request-malformed`. */
const cursorIn = (field: string, text: string): string => {
	const fault = cursorFault(text);
	if (fault !== null) throw new Problem('request-malformed', `${field} ${fault}`);
	return text;
};

/** A moment in a query: milliseconds since 1970, or a date with time and zone (RFC 3339). Throws `request-malformed`. */
const momentIn = (field: 'from' | 'to', text: string | undefined): { readonly [Field in typeof field]?: number } => {
	if (text === undefined) return {};
	const moment = /^\d{1,15}$/.test(text) ? Number(text) : writtenInstant(text);
	if (moment === null || moment < 0)
		throw new Problem(
			'request-malformed',
			`${field} must be milliseconds since 1970, or a time such as 2027-01-31T12:00:00Z.`,
		);
	return { [field]: moment };
};

const cursorAfter = (request: FastifyRequest<ReadingsRoute>): string => {
	const resumed = request.headers['last-event-id'];
	return typeof resumed === 'string' && resumed !== ''
		? cursorIn('Last-Event-ID', resumed)
		: cursorIn('after', request.query.after ?? '0');
};

/** What was there when the stream was asked for, and then what comes. */
async function* startingWith(
	first: readonly RowView[],
	rest: AsyncIterable<readonly RowView[]>,
): AsyncGenerator<readonly RowView[]> {
	yield first;
	yield* rest;
}

/** `GET /v1/readings/{application}/{device}/{stream}`: one answer, or an event stream where the peer accepts that. */
export const readingsRoute = (
	app: FastifyInstance,
	rpc: ApiRpc,
	operations: OperationEntries,
	streams: Quota,
	callerOf: (request: FastifyRequest) => Caller,
	failureOf: (error: unknown, request: FastifyRequest) => Failure,
): void => {
	const open = new Set<AbortController>();
	app.addHook('preClose', async () => {
		for (const controller of open) controller.abort();
	});
	app.get<ReadingsRoute>(
		'/v1/readings/:application/:device/:stream',
		{ schema: { params, querystring: query }, onRequest: mayAsk(operations.get('readings.read') ?? null, callerOf) },
		async (request, reply) => {
			const caller = callerOf(request);
			const stream = request.params;
			const after = cursorAfter(request);
			const limit = wholeNumber('limit', request.query.limit, USUAL_LIMIT, 1, mostReadings);
			const follows = (request.headers.accept ?? '').includes('text/event-stream');
			const span = { ...momentIn('from', request.query.from), ...momentIn('to', request.query.to) };
			if (follows && Object.keys(span).length > 0)
				throw new Problem(
					'request-malformed',
					'An event stream goes on with what comes: it takes neither from nor to.',
				);
			// Asked before the event stream opens, so that a refusal is a plain answer with its status.
			const page = await rpc.call(
				'readings.read',
				{ ...stream, ...span, after, limit: follows ? mostReadings : limit },
				caller,
			);
			if (!follows) return page;

			const leave = caller.kind === 'certificate' ? streams.take(caller.fingerprint) : () => {};
			if (leave === null)
				throw new Problem('service-busy', `${STREAMS.each} event streams of a certificate may stand.`);
			const controller = new AbortController();
			open.add(controller);
			reply.raw.once('close', () => controller.abort());
			if (reply.raw.destroyed) controller.abort();
			reply.hijack();
			const rest = rpc.follow(stream, page.next, caller, controller.signal);
			// Not waited for: what was asked is answered, and its place is another's.
			void sendEvents(reply.raw, startingWith(page.readings, rest), controller.signal, (error) =>
				failureOf(error, request),
			)
				.catch((error: unknown) => failureOf(error, request))
				.finally(() => {
					controller.abort();
					open.delete(controller);
					leave();
				});
			return reply;
		},
	);
};
