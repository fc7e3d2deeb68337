import { Problem } from '@keyward/core';
import { isExpired, printSecurityText, type SecurityText } from '@keyward/core/update/security-text';
import type { FastifyInstance } from 'fastify';

/**
 * catalogue: disclosure-policy (RFC 9116 §3). One that has expired is served no more: its contact may have become somebody else's.
 */
export const securityRoute = (app: FastifyInstance, text: SecurityText | null): void => {
	const body = text && printSecurityText(text);
	app.get('/.well-known/security.txt', async (_request, reply) => {
		if (text === null || isExpired(text, Date.now()))
			throw new Problem(
				'no-such-thing',
				'This site says nothing of how to report a flaw, or what it said has expired.',
			);
		return reply.type('text/plain; charset=utf-8').send(body);
	});
};
