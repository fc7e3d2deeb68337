import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Bytes, type Milliseconds, Problem, seconds, statusOf } from '@keyward/core';
import type { PageTokens } from './page-token.ts';
import { LONGEST, type ReaderCalls } from './reader-calls.ts';

const { createServer } = process.getBuiltinModule('node:http');

const HOST = '127.0.0.1';
const BODY: Bytes = 64 * 1024;
/** How long the page's question whether it may stay stands open. */
const WATCH: Milliseconds = seconds(15);
const MOST_CONNECTIONS = 32;

const OPERATION = /^\/v1\/operations\/([a-z.]{1,64})$/;

export interface PageFile {
	readonly type: string;
	readonly content: Buffer;
	/** By Brotli. */
	compressed(): Buffer | null;
}

/** The console as a site serves it. */
export interface PageFiles {
	readonly page: PageFile;
	readonly files: ReadonlyMap<string, PageFile>;
	readonly headers: Readonly<Record<string, string>>;
}

export interface ReaderConsole {
	/** With a token that opens it once. */
	link(): string;
	close(): Promise<void>;
}

const forged = (why: string): Problem => new Problem('request-forged', why);

/**
 * CR 3.5, CR 2.1 (DNS rebinding, cross-site request forgery): another site's page reaches a program on this machine by a name of its
 * own that leads to 127.0.0.1, or by sending what a page may send without asking. The first has another Host, the second another
 * Origin. Throws `Problem('request-forged')`.
 */
const requireOwnPage = ({ method, headers }: IncomingMessage, authority: string): void => {
	if (headers.host !== authority) throw forged(`This page is at ${authority} alone: open the link as it was printed.`);
	const fetched = headers['sec-fetch-site'];
	if (fetched !== undefined && fetched !== 'same-origin' && fetched !== 'none')
		throw forged('Another site asks; only the page of this address is answered.');
	if (method === 'GET') return;
	if (headers.origin !== `http://${authority}` || headers['keyward-request'] !== '1')
		throw forged('Only the page of this address is answered.');
};

const bodyOf = async (request: IncomingMessage): Promise<object> => {
	const parts: Buffer[] = [];
	let size = 0;
	for await (const part of request as AsyncIterable<Buffer>) {
		size += part.length;
		if (size > BODY) throw new Problem('packet-too-large', `A request of this page has ${BODY} bytes at most.`);
		parts.push(part);
	}
	try {
		const value: unknown = JSON.parse(Buffer.concat(parts).toString());
		if (typeof value === 'object' && value !== null) return value;
	} catch (cause) {
		throw new Problem('request-malformed', 'The request is no JSON.', { cause });
	}
	throw new Problem('request-malformed', 'The request is no JSON object.');
};

const tokenOf = ({ headers }: IncomingMessage): string => /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';

/**
 * Serves the console on this machine alone, at a port that the system chooses. Files of the page are for everybody who knows the
 * address and have nothing in them; every call needs the token of the page.
 */
export const serveReaderConsole = async ({
	pages: { page, files, headers },
	tokens,
	calls,
	onSignedOut,
	report,
}: {
	readonly pages: PageFiles;
	readonly tokens: PageTokens;
	readonly calls: ReaderCalls;
	/** The page was left, or its time is over: another link lets in again. */
	readonly onSignedOut: () => void;
	/** Told of what nobody foresaw. */
	readonly report: (error: unknown) => void;
}): Promise<ReaderConsole> => {
	const left = new Set<() => void>();
	let authority = HOST;

	const give = (request: IncomingMessage, response: ServerResponse, { type, content, compressed }: PageFile): void => {
		const small = /\bbr\b/.test(request.headers['accept-encoding'] ?? '') ? compressed() : null;
		response.writeHead(200, {
			...{ ...headers, 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
			...(small !== null && { 'content-encoding': 'br' }),
		});
		response.end(small ?? content);
	};
	const tell = (response: ServerResponse, status: number, answer: object): void => {
		if (response.headersSent) return void response.destroy();
		response.writeHead(status, {
			...{ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
			'x-content-type-options': 'nosniff',
		});
		response.end(JSON.stringify(answer));
	};
	const requirePage = (request: IncomingMessage): void => {
		if (!tokens.isPage(tokenOf(request)))
			throw new Problem('not-authenticated', 'This page was not opened by the link that keyward console printed last.');
	};
	/** Until it is left, or for a while. */
	const watch = async (request: IncomingMessage): Promise<object> => {
		const token = tokenOf(request);
		if (!tokens.isPage(token)) return { state: 'ended' };
		const { promise, resolve } = Promise.withResolvers<void>();
		const timer = setTimeout(resolve, WATCH);
		left.add(resolve);
		request.socket.once('close', resolve);
		await promise;
		request.socket.off('close', resolve);
		left.delete(resolve);
		clearTimeout(timer);
		return { state: tokens.isPage(token) ? 'open' : 'ended' };
	};
	const leave = (): void => {
		tokens.end();
		for (const done of left) done();
	};
	const leaveAndTell = (): void => {
		leave();
		onSignedOut();
	};

	const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		requireOwnPage(request, authority);
		const path = (request.url ?? '').split('?')[0] ?? '';
		if (request.method === 'GET') {
			if (path === '/v1/people/session') return tell(response, 200, await watch(request));
			const file = path.startsWith('/console/') ? files.get(path.slice(9)) : undefined;
			if (file !== undefined) return give(request, response, file);
			if (!path.startsWith('/v1/') && /\btext\/html\b/.test(request.headers.accept ?? ''))
				return give(request, response, page);
		} else if (request.method === 'POST') {
			if (path === '/v1/console/open') {
				const { token = '' } = (await bodyOf(request)) as { readonly token?: unknown };
				const own = tokens.spend(String(token));
				if (own === null)
					throw new Problem('not-authenticated', 'This link was used or is too old: start keyward console again.');
				return tell(response, 200, { token: own });
			}
			requirePage(request);
			if (path === '/v1/people/sign-out') {
				leaveAndTell();
				return tell(response, 200, {});
			}
			const operation = OPERATION.exec(path)?.[1];
			if (operation !== undefined) return tell(response, 200, await calls(operation, await bodyOf(request)));
		}
		throw new Problem('no-such-thing', `There is no ${request.method ?? ''} ${path} here.`);
	};

	const server = createServer((request, response) => {
		void answer(request, response).catch((error: unknown) => {
			const problem =
				error instanceof Problem
					? error
					: new Problem('internal', 'Something failed in keyward console; its terminal says what.', { cause: error });
			if (problem.code === 'internal') report(error);
			tell(response, statusOf(problem.code), { code: problem.code, detail: problem.detail });
		});
	});
	server.maxConnections = MOST_CONNECTIONS;
	server.listen(0, HOST);
	await once(server, 'listening');
	const address = server.address();
	authority = `${HOST}:${typeof address === 'object' && address !== null ? address.port : 0}`;
	const expiry = setInterval(leaveAndTell, LONGEST);
	expiry.unref();
	return {
		// RFC 9110 §7.1: what follows `#` is sent to nobody.
		link: () => `http://${authority}/#open=${tokens.link()}`,
		close: async () => {
			clearInterval(expiry);
			leave();
			server.close();
			server.closeAllConnections();
			await once(server, 'close').catch(() => undefined);
		},
	};
};
