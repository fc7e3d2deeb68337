import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { type Bytes, type Milliseconds, Problem } from '@keyward/core';

const { request: plainRequest } = process.getBuiltinModule('node:http');

export interface HttpAddress {
	readonly url: URL;
	/** Names and values, such as an authorization; never shown. */
	readonly headers: Readonly<Record<string, string>>;
	/** PEM of the CAs that the instrument's certificate may be of; those of the system when left out. */
	readonly ca?: string;
	readonly timeout: Milliseconds;
}

/** An instrument's document has a few kilobytes. */
const mostBytes: Bytes = 256 * 1024;

const unavailable = (why: string, cause?: unknown): Problem => new Problem('source-unavailable', why, { cause });

/**
 * What lies at the address, as text. Throws `Problem('source-unavailable')` for no connection, no whole answer in time, and any
 * status but 200: what redirects is not what was named. Throws `Problem('source-malformed')` for what is too large or not UTF-8.
 */
export const httpGet = async ({ url, headers, ca, timeout }: HttpAddress, signal: AbortSignal): Promise<string> => {
	const at = `${url.origin}${url.pathname}`;
	const late = AbortSignal.timeout(timeout);
	const options = {
		headers: { accept: 'application/json, text/plain, */*', ...headers },
		agent: false,
		signal: AbortSignal.any([signal, late]),
	};
	const asked =
		url.protocol === 'https:'
			? tlsRequest(url, { ...options, ...(ca === undefined ? {} : { ca }) })
			: plainRequest(url, options);
	try {
		asked.on('error', () => {});
		asked.end();
		const [answer] = (await once(asked, 'response')) as [IncomingMessage];
		if (answer.statusCode !== 200) throw unavailable(`${at}: it answers with status ${answer.statusCode}`);
		const parts: Buffer[] = [];
		let size = 0;
		for await (const part of answer as AsyncIterable<Buffer>) {
			size += part.length;
			if (size > mostBytes) throw new Problem('source-malformed', `${at}: more than ${mostBytes} bytes came`);
			parts.push(part);
		}
		return decode(Buffer.concat(parts), at);
	} catch (error) {
		if (error instanceof Problem) throw error;
		if (late.aborted) throw unavailable(`${at}: no whole answer within ${timeout} ms`, error);
		const { code, message } = error as NodeJS.ErrnoException;
		throw unavailable(`${at}: no answer (${code ?? message})`, error);
	} finally {
		asked.destroy();
	}
};

const decode = (bytes: Buffer, at: string): string => {
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch (cause) {
		throw new Problem('source-malformed', `${at}: what came is not UTF-8`, { cause });
	}
};
