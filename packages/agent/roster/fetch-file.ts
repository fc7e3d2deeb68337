import { type IncomingMessage, request as httpRequest } from 'node:http';
import { codeOfStatus, Problem } from '@keyward/core';
import type { FetchFile } from '@keyward/owner/follow';
import { OneConnection } from '../est/connection.ts';
import type { Identity } from '../identity/identity.ts';
import { openTls, PATIENCE } from '../tls/open-tls.ts';
import { secureContext } from '../tls/secure-context.ts';

/**
 * Files of the owner's repository, all over one connection under the identity's certificate, with the pinned CA alone as anchor. Use it
 * within `use`. With a key in hardware it can be done once in the life of a process. Throws `service-not-trusted`, `site-unreachable`.
 */
export const withOwnerFiles = async <Value>(
	{ serviceUrl, certificate, serviceCa, tlsKey }: Identity,
	owner: string,
	use: (fetch: FetchFile) => Promise<Value>,
): Promise<Value> => {
	const context = secureContext({ certificate, key: await tlsKey(), serviceCa });
	const socket = await openTls(serviceUrl, { ca: serviceCa, rejectUnauthorized: true, secureContext: context });
	socket.on('error', () => {});
	const agent = new OneConnection(socket);
	const base = new URL(serviceUrl);
	const ask = (path: string): Promise<IncomingMessage> =>
		new Promise((resolve, reject) => {
			const request = httpRequest({
				...{ agent, host: base.hostname, port: base.port, timeout: PATIENCE },
				path: `${base.pathname.replace(/\/$/, '')}/v1/owner/${path}`,
				headers: { host: base.host, 'keyward-owner': owner },
			});
			request.once('error', reject);
			request.once('timeout', () => request.destroy(new Error('no answer in time')));
			request.once('response', resolve);
			request.end();
		});
	try {
		return await use(async (path, limit) => {
			try {
				return await bodyOf(await ask(path), serviceUrl, limit);
			} catch (cause) {
				if (cause instanceof Problem) throw cause;
				const reason = cause instanceof Error ? cause.message : String(cause);
				throw new Problem('site-unreachable', `${serviceUrl} broke off: ${reason}`, { cause });
			}
		});
	} finally {
		agent.destroy();
		socket.destroy();
	}
};

/** Null for what is not there. At most `limit` bytes are read (CR 7.1). */
const bodyOf = async (answer: IncomingMessage, url: string, limit: number): Promise<Uint8Array | null> => {
	const parts: Buffer[] = [];
	let length = 0;
	for await (const part of answer as AsyncIterable<Buffer>) {
		length += part.length;
		if (length > limit) throw new Problem('packet-too-large', `${url} answered with more than ${limit} bytes.`);
		parts.push(part);
	}
	if (answer.statusCode === 404) return null;
	if (answer.statusCode === 200) return Uint8Array.from(Buffer.concat(parts));
	const status = answer.statusCode ?? 0;
	throw new Problem(codeOfStatus(status), `${url} answered with HTTP status ${status}.`);
};
