import { Problem } from '@keyward/core';
import type { FastifyRequest } from 'fastify';

/**
 * RFC 9112 §3.2: a request with several Host headers is refused, or a proxy before us and we could take it for requests to two
 * hosts. Node keeps the first and says nothing. Throws `Problem('request-malformed')`.
 */
export const requireOneHost = async ({ raw: { rawHeaders } }: FastifyRequest): Promise<void> => {
	const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
	if (hosts > 1) throw new Problem('request-malformed', `The request has ${hosts} Host headers: send one.`);
};
