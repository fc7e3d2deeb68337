import { Problem } from '@keyward/core';
import type { FastifyRequest } from 'fastify';

/** Another site's page cannot set it without asking first (Fetch §4.8), and is never answered. */
const HEADER = 'keyward-request';

/**
 * CR 3.5, CR 2.1 (cross-site request forgery): a browser sends a session's cookie with whatever a page has it send. What changes
 * something comes from the site's own page, which says so in two ways that no other page can. Throws `Problem('request-forged')`.
 */
export const requireOwnPage = ({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): void => {
	if (method === 'GET' || method === 'HEAD') return;
	const fetched = headers['sec-fetch-site'];
	if (
		headers[HEADER] === '1' &&
		headers.origin === `https://${headers.host}` &&
		(fetched === undefined || fetched === 'same-origin')
	)
		return;
	throw new Problem(
		'request-forged',
		`A request with a session's cookie must come from the site's own page: with its Origin, and with ${HEADER}: 1.`,
	);
};
