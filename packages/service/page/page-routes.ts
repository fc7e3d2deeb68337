import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type PageFile, readPageFiles } from './page-files.ts';

/** Addresses of the console: each shows its page when it is opened by itself. */
const places = [
	...['fleet', 'devices/:application/:device', 'streams', 'streams/:application/:device/:stream', 'incidents'],
	...[
		'incidents/:number',
		'audit',
		'ledger',
		'grants',
		'updates',
		'policy',
		'commission',
		'reach',
		'keycheck',
		'plan',
		'people',
	],
];
const isPlace = new RegExp(`^/(?:${places.map((place) => place.replaceAll(/:[a-z]+/g, '[^/]+')).join('|')})?$`);

const isBrowser = ({ method, headers }: FastifyRequest): boolean =>
	method === 'GET' && /\btext\/html\b/.test(headers.accept ?? '');

/**
 * The console, for browsers: programs that ask for its addresses are told what there is. Gives what shows a browser the console's
 * "not found" at an address that leads nowhere, and says whether it did.
 */
export const pageRoutes = (app: FastifyInstance): ((request: FastifyRequest, reply: FastifyReply) => boolean) => {
	const shown = readPageFiles();
	/** The same bytes for everybody and no secret in them, so that compression tells nothing (RFC 9110 §8.4). */
	const give = (request: FastifyRequest, reply: FastifyReply, { type, content, kept, compressed }: PageFile) => {
		const brotli = /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
		void reply.headers({ ...shown().headers, ...kept, vary: 'accept, accept-encoding' }).type(type);
		if (request.headers['if-none-match'] === kept.etag) return reply.code(304).send();
		const small = brotli ? compressed() : null;
		return small === null ? reply.send(content) : reply.header('content-encoding', 'br').send(small);
	};
	// One address for all places, since fastify prepares each address at each start of a listener.
	app.get('/*', async (request, reply) =>
		isBrowser(request) && isPlace.test(request.url.split('?')[0] ?? '')
			? give(request, reply, shown().page)
			: reply.callNotFound(),
	);
	app.get<{ Params: { readonly '*': string } }>('/console/*', async (request, reply) => {
		const file = shown().files.get(request.params['*']);
		return file === undefined ? reply.callNotFound() : give(request, reply, file);
	});
	return (request, reply) => {
		// An address of the API or of a file is a program's, whatever it says that it reads.
		if (!isBrowser(request) || /^\/(?:v1|console|\.well-known)\//.test(request.url)) return false;
		const { headers, page } = shown();
		void reply
			.headers({ ...headers, vary: 'accept, accept-encoding' })
			.type(page.type)
			.code(404)
			.send(page.content);
		return true;
	};
};
