import type { IncomingMessage } from 'node:http';
import { codeOfStatus, hours, type Milliseconds, Problem } from '@keyward/core';
import type { FetchFile } from '@keyward/owner/follow';
import { OneConnection } from '../est/connection.ts';
import type { Identity } from '../identity/identity.ts';
import { openTls, PATIENCE } from '../tls/open-tls.ts';
import { secureContext } from '../tls/secure-context.ts';

const { request: httpRequest } = process.getBuiltinModule('node:http');

/** A part of a target's file: from where on it is what was asked for, 0 when the whole file came instead. */
export interface FilePart {
	readonly from: number;
	readonly body: AsyncIterable<Uint8Array>;
}

/** Bytes `from` to `to` of a file of the owner's repository, `to` not included. */
export type FetchPart = (file: string, from: number, to: number) => Promise<FilePart>;

/** Asks an operation of the API. Throws the service's refusal by its status. */
export type CallOperation = (name: string, input: object) => Promise<Uint8Array>;

const LARGEST_ANSWER = 65_536;

/** How long is waited for a service that answers nothing, and for a whole answer of one that answers drop by drop. */
export interface FilePatience {
	readonly silent: Milliseconds;
	readonly whole: Milliseconds;
}

const patienceOf: FilePatience = { silent: PATIENCE, whole: hours(1) };

/**
 * Files of the owner's repository, all over one connection under the identity's certificate, with the pinned CA alone as anchor. Use it
 * within `use`. With a key in hardware it can be done once in the life of a process. Throws `service-not-trusted`, `site-unreachable`.
 */
export const withOwnerFiles = async <Value>(
	{ serviceUrl, certificate, serviceCa, floor, tlsKey }: Identity,
	owner: string,
	use: (fetch: FetchFile, part: FetchPart, call: CallOperation) => Promise<Value>,
	patience = patienceOf,
): Promise<Value> => {
	const context = secureContext({ certificate, key: await tlsKey(), serviceCa, floor });
	const socket = await openTls(serviceUrl, { ca: serviceCa, rejectUnauthorized: true, secureContext: context });
	socket.on('error', () => {});
	const agent = new OneConnection(socket);
	const base = new URL(serviceUrl);
	const send = (path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<IncomingMessage> =>
		new Promise((resolve, reject) => {
			const request = httpRequest({
				...{ agent, host: base.hostname, port: base.port, timeout: patience.silent },
				method: body === undefined ? 'GET' : 'POST',
				path: `${base.pathname.replace(/\/$/, '')}/v1/${path}`,
				headers: { host: base.host, ...headers },
			});
			request.once('error', reject);
			request.once('timeout', () => request.destroy(new Error('no answer in time')));
			request.once('response', resolve);
			request.end(body);
		});
	const ask = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> =>
		send(`owner/${path}`, { 'keyward-owner': owner, ...headers });
	const broken = (cause: unknown): Problem => {
		if (cause instanceof Problem) return cause;
		const reason = cause instanceof Error ? cause.message : String(cause);
		return new Problem('site-unreachable', `${serviceUrl} broke off: ${reason}`, { cause });
	};
	try {
		return await use(
			async (path, limit) => {
				try {
					return await bodyOf(await ask(path), serviceUrl, limit, patience);
				} catch (cause) {
					throw broken(cause);
				}
			},
			async (path, from, to) => {
				try {
					const answer = await ask(path, { range: `bytes=${from}-${to - 1}` });
					return partOf(answer, serviceUrl, broken, patience);
				} catch (cause) {
					throw broken(cause);
				}
			},
			async (name, input) => {
				const body = JSON.stringify(input);
				const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
				const answer = await send(`operations/${name}`, headers, body).catch((cause: unknown) => {
					throw broken(cause);
				});
				const bytes = await bodyOf(answer, serviceUrl, LARGEST_ANSWER, patience);
				if (bytes === null) throw new Problem('no-such-thing', `${serviceUrl} does not know ${name}.`);
				return bytes;
			},
		);
	} finally {
		agent.destroy();
		socket.destroy();
	}
};

/** TUF 1.0.31, slow retrieval: a mirror that gives a byte now and then would keep the device from ever hearing of a fix. */
const withinTime = async function* (
	answer: IncomingMessage,
	url: string,
	{ whole }: FilePatience,
): AsyncGenerator<Buffer> {
	const until = performance.now() + whole;
	for await (const part of answer as AsyncIterable<Buffer>) {
		if (performance.now() > until)
			throw new Problem(
				'site-unreachable',
				`${url} did not give one answer within ${Math.round(whole / 60_000)} minutes.`,
			);
		yield part;
	}
};

/** Null for what is not there. At most `limit` bytes are read (CR 7.1). */
const bodyOf = async (
	answer: IncomingMessage,
	url: string,
	limit: number,
	patience: FilePatience,
): Promise<Uint8Array | null> => {
	const parts: Buffer[] = [];
	let length = 0;
	for await (const part of withinTime(answer, url, patience)) {
		length += part.length;
		if (length > limit) throw new Problem('packet-too-large', `${url} answered with more than ${limit} bytes.`);
		parts.push(part);
	}
	if (answer.statusCode === 404) return null;
	if (answer.statusCode === 200) return Uint8Array.from(Buffer.concat(parts));
	const status = answer.statusCode ?? 0;
	throw new Problem(codeOfStatus(status), `${url} answered with HTTP status ${status}.`);
};

/** RFC 9110 §14.2: a server may answer with the whole file instead. */
const partOf = (
	answer: IncomingMessage,
	url: string,
	broken: (cause: unknown) => Problem,
	patience: FilePatience,
): FilePart => {
	const status = answer.statusCode ?? 0;
	const from = status === 200 ? 0 : Number(/^bytes (\d{1,15})-/.exec(answer.headers['content-range'] ?? '')?.[1]);
	if ((status !== 200 && status !== 206) || !Number.isSafeInteger(from)) {
		answer.resume();
		throw new Problem(codeOfStatus(status), `${url} answered with HTTP status ${status} to a part of an image.`);
	}
	const body = async function* (): AsyncGenerator<Uint8Array> {
		try {
			yield* withinTime(answer, url, patience);
		} catch (cause) {
			throw broken(cause);
		}
	};
	return { from, body: body() };
};
