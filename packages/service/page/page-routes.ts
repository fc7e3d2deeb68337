import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

/**
 * CR 3.5, CR 2.1: no script but the page's own file, none that makes another out of text (Trusted Types), nothing fetched elsewhere,
 * no frame around it (clickjacking), and nothing told to where a link leads.
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

const read = (name: string): Buffer => readFileSync(new URL(`./${name}`, import.meta.url));

/** The page at `/`, for browsers: programs are told what there is, as before. */
export const pageRoutes = (app: FastifyInstance): void => {
	const page = read('page.html');
	app.get('/', async (request, reply) => {
		if (!/\btext\/html\b/.test(request.headers.accept ?? '')) return reply.callNotFound();
		return reply.headers(headers).type('text/html; charset=utf-8').send(page);
	});
	const files = [
		['/page/page.js', read('page.js'), 'text/javascript; charset=utf-8'],
		['/page/page.css', read('page.css'), 'text/css; charset=utf-8'],
	] as const;
	for (const [path, content, type] of files) {
		app.get(path, async (_request, reply) => reply.headers(headers).type(type).send(content));
	}
};
