import { once } from 'node:events';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { codeOfStatus, type Bytes, type ErrorCode, errorCodes, Problem } from '@keyward/core';

const { request: plainRequest } = process.getBuiltinModule('node:http');

/** How a client reaches its service: the options of each request, and what to say when nobody answers. */
export interface Route {
	readonly options: RequestOptions;
	readonly secure: boolean;
	/** Sent with each request. */
	readonly headers?: Readonly<Record<string, string>>;
	/** Before anything is said: throws when who listens there is not to be believed. */
	readonly check?: () => Promise<void>;
	/** What to do when the service is not there, as a sentence. */
	readonly unreachable: string;
}

const LARGEST_ANSWER: Bytes = 256 * 1024 * 1024;

const ABSENT = new Set([
	'ENOENT',
	'ECONNREFUSED',
	'ENOTFOUND',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ETIMEDOUT',
	'EAI_AGAIN',
	'ENOTSOCK',
]);

const codeOf = (error: unknown): string =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** OpenSSL's and Node's names for a certificate that does not lead to our anchor or names another host. */
const isDistrust = (code: string): boolean =>
	/^(?:ERR_TLS_CERT|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/.test(code);

/** The error of a connection as a Problem: not there, not trusted, or broken off. */
export const connectionProblem = (error: unknown, route: Route): Problem => {
	if (error instanceof Problem) return error;
	const code = codeOf(error);
	const message = error instanceof Error ? error.message : String(error);
	if (code === 'EACCES' || code === 'EPERM')
		return new Problem(
			'not-authenticated',
			'The site belongs to another user of this machine: run this as that user.',
			{ cause: error },
		);
	if (isDistrust(code))
		return new Problem(
			'service-not-trusted',
			`The service could not prove that it is the one commissioned with: ${message}.`,
			{
				cause: error,
			},
		);
	const said = ABSENT.has(code) || code === '' ? route.unreachable : `${route.unreachable} (${message})`;
	return new Problem('site-unreachable', said, { cause: error });
};

/** Whether the connection broke when the request was under way: nobody knows whether it was done. */
export const isBrokenOff = (error: unknown): boolean =>
	error instanceof Problem &&
	error.code === 'site-unreachable' &&
	['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(codeOf(error.cause));

/** Sends one request and gives the answer once its headers are here. Throws as {@link connectionProblem} says. */
export const exchange = async (
	route: Route,
	what: {
		readonly method: 'GET' | 'POST';
		readonly path: string;
		readonly accept: string;
		readonly body?: string;
		readonly key?: string;
	},
	signal?: AbortSignal,
): Promise<IncomingMessage> => {
	const { method, path, accept, body, key } = what;
	await route.check?.();
	const request = (route.secure ? tlsRequest : plainRequest)({
		...route.options,
		method,
		path,
		headers: {
			...route.headers,
			accept,
			...(key !== undefined && { 'idempotency-key': `"${key}"` }),
			...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
		},
		...(signal === undefined ? {} : { signal }),
	});
	request.on('timeout', () => request.destroy(new Problem('site-unreachable', 'The service stopped answering.')));
	// After the answer has begun, what goes wrong is seen by the caller that reads its body.
	request.on('error', () => {});
	try {
		const answered = once(request, 'response') as Promise<[IncomingMessage]>;
		request.end(body);
		const [response] = await answered;
		return response;
	} catch (error) {
		if (signal?.aborted === true) throw error;
		throw connectionProblem(error, route);
	}
};

/** The whole body as text. */
export const textOf = async (response: IncomingMessage): Promise<string> => {
	const parts: Buffer[] = [];
	let length = 0;
	for await (const part of response as AsyncIterable<Buffer>) {
		length += part.length;
		if (length > LARGEST_ANSWER) throw new Problem('packet-too-large', 'The service sent more than this client takes.');
		parts.push(part);
	}
	return Buffer.concat(parts).toString('utf8');
};

const isCode = (code: unknown): code is ErrorCode => errorCodes.some((known) => known === code);

/** A `{ code, detail }` of the service as a Problem; anything else as `otherwise` says. */
export const problemOf = (text: string, otherwise: Problem): Problem => {
	try {
		const said: unknown = JSON.parse(text);
		if (typeof said === 'object' && said !== null && 'code' in said && 'detail' in said && isCode(said.code))
			return new Problem(said.code, String(said.detail));
	} catch {
		// Not JSON: said below.
	}
	return otherwise;
};

/** The body of a good answer. Throws the service's Problem otherwise. */
export const bodyOf = async (response: IncomingMessage): Promise<string> => {
	const text = await textOf(response);
	if (response.statusCode === 200) return text;
	const status = response.statusCode ?? 0;
	throw problemOf(text, new Problem(codeOfStatus(status), `The service answered with status ${status} and no reason.`));
};
