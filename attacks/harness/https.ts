import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

export interface Request {
	readonly method?: string;
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Uint8Array;
	/** Whose certificate is shown; a stranger's connection without it. */
	readonly as?: { readonly tls: ConnectionOptions };
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingMessage['headers'];
	readonly text: string;
	/** The code of a refusal; null when the body says none. */
	readonly code: string | null;
}

/** EST answers in plain text, `code: words`; the API in JSON. */
const codeOf = (text: string): string | null => {
	const [, plain] = /^([a-z0-9-]+): /.exec(text) ?? [];
	if (plain !== undefined) return plain;
	try {
		const said: unknown = JSON.parse(text);
		return typeof said === 'object' && said !== null && 'code' in said && typeof said.code === 'string'
			? said.code
			: null;
	} catch {
		return null;
	}
};

/** One request on a separate connection. Throws when the connection fails. */
export const askHttps = async (port: number, { method = 'GET', path, headers, body, as }: Request): Promise<Answer> => {
	const request = httpsRequest({
		...{ host: '127.0.0.1', port, servername: 'localhost', method, path, agent: false },
		...(headers !== undefined && { headers }),
		// A stranger was told no CA.
		...(as === undefined ? { rejectUnauthorized: false } : as.tls),
	});
	const answered = once(request, 'response') as Promise<[IncomingMessage]>;
	request.end(body);
	const [response] = await answered;
	response.setEncoding('utf8');
	let text = '';
	for await (const part of response as AsyncIterable<string>) text += part;
	return { status: response.statusCode ?? 0, headers: response.headers, text, code: codeOf(text) };
};
