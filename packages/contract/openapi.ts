import { errorCodes } from '@keyward/core';
import type { TSchema } from 'typebox';
import { Type } from './type.ts';
import { askedCursor, mostReadings } from './cursor.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import { readingsRead } from './readings-read.ts';
import { exactly, name, reading } from './shapes.ts';

const json = (schema: TSchema): object => ({ content: { 'application/json': { schema } } });

const failure = {
	'4XX': { $ref: '#/components/responses/failure' },
	default: { $ref: '#/components/responses/failure' },
};

const health = (status: 'ok' | 'not ready'): TSchema =>
	exactly({
		status: Type.Literal(status),
		reasons: Type.Optional(Type.Array(Type.String(), { description: 'why it cannot; told to the operator alone' })),
	});

const schemeOf = { certificate: 'certificate', operator: 'localSocket', person: 'session' } as const;

/** Any one of them. */
const security = (callers: Operation['callers']): object => ({
	security: [...new Set(callers.map(({ kind }) => (kind === 'anonymous' ? null : schemeOf[kind])))].map((scheme) =>
		scheme === null ? {} : { [scheme]: [] },
	),
});

const operationPath = (operation: Operation): [string, object] => [
	`/v1/operations/${operation.name}`,
	{
		post: {
			operationId: operation.name,
			summary: operation.summary,
			tags: ['operations'],
			...security(operation.callers),
			...(operation.safe !== true && { parameters: [{ $ref: '#/components/parameters/idempotencyKey' }] }),
			requestBody: { required: true, ...json(operation.input) },
			responses: { 200: { description: 'done', ...json(operation.output) }, ...failure },
		},
	},
];

const readings = {
	get: {
		operationId: 'readings',
		summary: 'Readings of one stream after a cursor; as an event stream, those stored and then those to come',
		description:
			'With `Accept: text/event-stream` each reading is an event whose id is its cursor; `Last-Event-ID` resumes after it. ' +
			'When access ends, the last event is `end` with a failure as its data. A stream that does not exist and one that is ' +
			'not granted give the same answer. After a restore from a backup, cursors given before are refused as `cursor-outdated`: ' +
			'begin with 0 and pass over what you have by `time`. With `from` or `to` an answer may have no readings and still move `next` on: ' +
			'the end is where `next` is what `after` was.',
		tags: ['readings'],
		// Beside the answer, not as another type of it: a typed client would have to tell JSON from text.
		'x-event-stream': { accept: 'text/event-stream', data: reading },
		...security(readingsRead.callers),
		parameters: [
			...['application', 'device', 'stream'].map((part) => ({ name: part, in: 'path', required: true, schema: name })),
			{ name: 'after', in: 'query', schema: { ...askedCursor, default: 0 } },
			{
				name: 'limit',
				in: 'query',
				description: 'for one answer; an event stream has no limit',
				schema: { type: 'integer', minimum: 1, maximum: mostReadings, default: 100 },
			},
			...(['from', 'to'] as const).map((field) => ({
				name: field,
				in: 'query',
				description: `milliseconds since 1970 or a time (RFC 3339): only readings ${field === 'from' ? 'of it or later' : 'before it'}; not with an event stream`,
				schema: { type: 'string' },
			})),
			{ name: 'Last-Event-ID', in: 'header', schema: askedCursor },
		],
		responses: {
			200: {
				description: 'readings in the order of their cursors',
				...json(readingsRead.output),
			},
			...failure,
		},
	},
};

/** The HTTP API as an OpenAPI 3.1 document. EST (RFC 7030) is described by its own standard. */
export const openapi = (version: string): object => ({
	openapi: '3.1.1',
	info: {
		title: 'Keyward',
		version,
		summary: 'One policy. Every link held to it. The weakest one named.',
		license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
	},
	servers: [
		{
			url: 'https://{host}:{port}',
			description: 'A site: its certificate is issued by its own service CA, which a commissioning string pins',
			variables: { host: { default: 'localhost' }, port: { default: '8443' } },
		},
	],
	paths: {
		...Object.fromEntries(Object.values(operations).map((operation: Operation) => operationPath(operation))),
		'/v1/readings/{application}/{device}/{stream}': readings,
		'/v1/openapi.json': {
			get: {
				operationId: 'openapi',
				summary: 'This document',
				security: [],
				responses: { 200: { description: 'OpenAPI 3.1', ...json(Type.Object({})) }, ...failure },
			},
		},
		'/healthz': {
			get: {
				operationId: 'health',
				summary: 'Whether the site can do its work; the operator is told why not',
				security: [],
				responses: {
					200: { description: 'it can', ...json(health('ok')) },
					503: { description: 'it cannot', ...json(health('not ready')) },
					...failure,
				},
			},
		},
		'/healthz/live': {
			get: {
				operationId: 'live',
				summary: 'Whether the process answers',
				security: [],
				responses: { 200: { description: 'it does', ...json(exactly({ status: Type.Literal('ok') })) }, ...failure },
			},
		},
		'/metrics': {
			get: {
				operationId: 'metrics',
				summary: 'Figures of the service',
				security: [{ localSocket: [] }],
				responses: {
					200: {
						description: "Prometheus' text format",
						content: { 'text/plain; version=0.0.4': { schema: Type.String() } },
					},
					...failure,
				},
			},
		},
	},
	components: {
		parameters: {
			idempotencyKey: {
				name: 'Idempotency-Key',
				in: 'header',
				description:
					'A string in double quotes (RFC 9651), made for this call. The same call with the same key within 24 hours is not done ' +
					'again: it gives the same answer, `idempotency-key-in-use` (409) while it is under way, and `idempotency-done` (409) where ' +
					'the answer was a secret and the service was started again since. Another body is `idempotency-key-reused` (422). A call ' +
					'that was refused may be repeated with its key.',
				schema: { type: 'string' },
			},
		},
		responses: {
			failure: {
				description: 'What was wrong and what to do',
				...json(exactly({ code: Type.Enum([...errorCodes]), detail: Type.String() })),
			},
		},
		securitySchemes: {
			certificate: {
				type: 'mutualTLS',
				description: "The client certificate of a device or reader, issued by its application's CA",
			},
			session: {
				type: 'apiKey',
				in: 'cookie',
				name: '__Host-keyward',
				description:
					"The session of a person who signed in with a passkey, from the site's own page; roles are in docs/people.md. " +
					'Everything but GET sends the header `keyward-request: 1`.',
			},
			localSocket: {
				type: 'http',
				scheme: 'none',
				description: 'Only over the Unix socket in the data folder, which only its owner can open',
			},
		},
	},
});
