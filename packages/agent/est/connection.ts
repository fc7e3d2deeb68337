import type { IncomingMessage } from 'node:http';
import type { SecureContext, TLSSocket } from 'node:tls';
import { codeOfStatus, type ErrorCode, errorCodes, Problem } from '@keyward/core';
import { openTls, PATIENCE } from '../tls/open-tls.ts';

const { Agent, request: httpRequest } = process.getBuiltinModule('node:http');

/** Where EST is, and what both sides prove themselves with. */
export interface EstService {
	/** Base without `/.well-known/est`. */
	readonly url: string;
	/** PEM. */
	readonly serviceCa: string;
	/** For renewal: under a certificate, with the same anchors (`secureContext`). */
	readonly context?: SecureContext;
}

/** One TLS connection to EST: what is bound to it counts on it alone. */
export interface EstConnection {
	/** base64 of tls-exporter (RFC 9266 §4.2). */
	readonly binding: string;
	/**
	 * Sends one request and gives the body of the answer. Throws the service's refusal in its own code, `site-unreachable`,
	 * `packet-too-large`.
	 */
	ask(
		method: 'GET' | 'POST',
		operation: string,
		headers?: Readonly<Record<string, string>>,
		body?: string,
	): Promise<string>;
	close(): void;
}

const ANSWER_LIMIT = 524_288;

/** Throws `Problem('service-not-trusted')`, `Problem('site-unreachable')`. `under`: the path that the operations are under. */
export const openEst = async (
	{ url, serviceCa, context }: EstService,
	under = '/.well-known/est/',
): Promise<EstConnection> => {
	const socket = await openTls(url, {
		// service-authentication: the pinned CA alone, none of the system's.
		ca: serviceCa,
		rejectUnauthorized: true,
		...(context !== undefined && { secureContext: context }),
	});
	// A connection that breaks between two requests is told by the next.
	socket.on('error', () => {});
	const agent = new OneConnection(socket);
	const base = new URL(url);
	const broken = (cause: unknown): Problem => {
		const reason = cause instanceof Error ? cause.message : String(cause);
		return new Problem('site-unreachable', `${url} broke off: ${reason}`, { cause });
	};
	return {
		binding: socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64'),
		ask: async (method, operation, headers = {}, body = '') => {
			try {
				const answer = await new Promise<IncomingMessage>((resolve, reject) => {
					const request = httpRequest({
						agent,
						host: base.hostname,
						port: base.port,
						method,
						path: `${base.pathname.replace(/\/$/, '')}${under}${operation}`,
						headers: {
							host: base.host,
							accept: 'application/pkcs7-mime, application/json',
							'content-length': String(Buffer.byteLength(body)),
							...headers,
						},
						timeout: PATIENCE,
					});
					request.once('error', reject);
					request.once('timeout', () => request.destroy(new Error('no answer in time')));
					request.once('response', resolve);
					request.end(body);
				});
				const text = await readBody(answer);
				const status = answer.statusCode ?? 0;
				if (status !== 200 && status !== 204) throw refusalOf(url, status, text);
				return text;
			} catch (error) {
				throw error instanceof Problem ? error : broken(error);
			}
		},
		close: () => {
			agent.destroy();
			socket.destroy();
		},
	};
};

/** Keeps the one connection, and never opens another: what was said on this one would not hold there. */
export class OneConnection extends Agent {
	readonly #socket: TLSSocket;

	constructor(socket: TLSSocket) {
		super({ keepAlive: true, maxSockets: 1 });
		this.#socket = socket;
	}

	override createConnection(): TLSSocket {
		if (this.#socket.destroyed) throw new Error('the connection was closed');
		return this.#socket;
	}
}

const readBody = async (answer: IncomingMessage): Promise<string> => {
	const parts: Buffer[] = [];
	let length = 0;
	for await (const part of answer as AsyncIterable<Buffer>) {
		length += part.length;
		if (length > ANSWER_LIMIT)
			throw new Problem('packet-too-large', `The service answered with more than ${ANSWER_LIMIT} bytes.`);
		parts.push(part);
	}
	return Buffer.concat(parts).toString('utf8');
};

/** The service's refusal in its own code and words; shortened, and without the characters that would steer a terminal. */
const refusalOf = (url: string, status: number, text: string): Problem => {
	const { code, detail } = parseRefusal(text);
	const known = errorCodes.find((name): name is ErrorCode => name === code);
	const words = detail.replace(/\p{Cc}/gu, ' ').slice(0, 500);
	return known === undefined
		? new Problem(codeOfStatus(status), `${url} answered with HTTP status ${status} and no reason.`)
		: new Problem(known, words);
};

const parseRefusal = (text: string): { code: string; detail: string } => {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === 'object' && value !== null && 'code' in value && 'detail' in value) {
			return { code: String(value.code), detail: String(value.detail) };
		}
	} catch {
		// Not JSON: a proxy's page, or nothing.
	}
	return { code: '', detail: '' };
};
