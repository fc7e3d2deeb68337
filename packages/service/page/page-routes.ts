import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * CR 3.5, CR 2.1: no script but the console's own files, none that makes another out of text (Trusted Types), nothing fetched
 * elsewhere, no frame around it (clickjacking), and nothing told to where a link leads.
 */
const headers = {
	'content-security-policy':
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
		"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
	'x-frame-options': 'DENY',
	'referrer-policy': 'no-referrer',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'permissions-policy':
		'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=()',
} as const;

/** Addresses of the console: each shows its page when it is opened by itself. */
const places = [
	...[
		'/',
		'/fleet',
		'/devices/:application/:device',
		'/streams',
		'/streams/:application/:device/:stream',
		'/incidents',
		'/incidents/:number',
		'/audit',
		'/grants',
	],
	...['/updates', '/policy', '/reach', '/plan', '/people'],
];

const types: Readonly<Record<string, string>> = {
	js: 'text/javascript; charset=utf-8',
	css: 'text/css; charset=utf-8',
	svg: 'image/svg+xml',
};

interface Prepared {
	readonly type: string;
	readonly content: Buffer;
	readonly compressed: Buffer;
}

const prepare = (content: Buffer, type: string): Prepared => ({
	...{ type, content },
	compressed: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
});

/** The same bytes for everybody and no secret in them, so that compression tells nothing (RFC 9110 §8.4). */
const give = (request: FastifyRequest, reply: FastifyReply, { type, content, compressed }: Prepared) => {
	const brotli = /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
	void reply.headers({ ...headers, vary: 'accept, accept-encoding' }).type(type);
	return brotli ? reply.header('content-encoding', 'br').send(compressed) : reply.send(content);
};

/** The console, for browsers: programs that ask for its addresses are told what there is. */
export const pageRoutes = (app: FastifyInstance): void => {
	const page = prepare(readFileSync(new URL('./page.html', import.meta.url)), 'text/html; charset=utf-8');
	for (const place of places) {
		app.get(place, async (request, reply) =>
			/\btext\/html\b/.test(request.headers.accept ?? '') ? give(request, reply, page) : reply.callNotFound(),
		);
	}
	const folder = new URL('./built/', import.meta.url);
	for (const name of readdirSync(folder)) {
		const type = types[name.split('.').at(-1) ?? ''];
		if (type === undefined) continue;
		const file = prepare(readFileSync(new URL(name, folder)), type);
		app.get(`/console/${name}`, async (request, reply) => give(request, reply, file));
	}
};
