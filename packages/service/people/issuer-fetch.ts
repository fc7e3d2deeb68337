import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type Bytes, type Milliseconds, Problem, seconds } from '@keyward/core';
import { tlsProfile } from '@keyward/core/tls';
import type { CustomFetchOptions } from 'openid-client';

const PATIENCE: Milliseconds = seconds(10);
/** Metadata, keys and tokens are a few kilobytes. */
const LARGEST: Bytes = 256 * 1024;

/**
 * Asks an issuer over TLS, whose certificate ends at `ca` (PEM) or, when that is null, at a CA of this machine. No redirect is followed: it
 * would carry the client's secret to wherever the answer says.
 */
export const issuerFetch =
	(ca: string | null) =>
	async (url: string, { method, headers, body, signal }: CustomFetchOptions): Promise<Response> => {
		const late = AbortSignal.timeout(PATIENCE);
		const { protocol } = new URL(url);
		if (protocol !== 'https:') throw new Problem('site-configuration', `${url} is no https:// address.`);
		const sending = request(url, {
			...{ method, headers, agent: false, rejectUnauthorized: true, ...tlsProfile('tls1.2-aead') },
			...(ca !== null && { ca }),
			signal: signal === undefined ? late : AbortSignal.any([signal, late]),
		});
		const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
		sending.end(body instanceof URLSearchParams ? body.toString() : (body ?? undefined));
		const [response] = await answered;
		const parts: Buffer[] = [];
		let size = 0;
		for await (const part of response as AsyncIterable<Buffer>) {
			size += part.length;
			if (size > LARGEST) throw new Error(`its answer has more than ${LARGEST} bytes`);
			parts.push(part);
		}
		const given = Object.entries(response.headers).flatMap(([name, value]) =>
			typeof value === 'string' ? [[name, value] as const] : [],
		);
		const { statusCode: status = 0 } = response;
		const hasBody = status !== 204 && status !== 205 && status !== 304;
		return new Response(hasBody ? Buffer.concat(parts) : null, { status, headers: Object.fromEntries(given) });
	};
