import { Problem } from '@keyward/core';
import type { FastifyRequest } from 'fastify';

/** uri-host and port (RFC 3986 §3.2.2, §3.2.3), not empty. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::[0-9]{0,5})?$/;

/**
 * RFC 9112 §3.2: a request with several Host headers is refused, or a proxy before us and we could take it for requests to two
 * hosts; so is one that is no host, which each might read in its own way. Node keeps the first and says nothing. Throws
 * `Problem('request-malformed')`.
 */
export const requireOneHost = async ({ raw: { rawHeaders } }: FastifyRequest): Promise<void> => {
	const hosts = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
	if (hosts.length > 1)
		throw new Problem('request-malformed', `The request has ${hosts.length} Host headers: send one.`);
	const [host] = hosts;
	if (host !== undefined && !HOST.test(host))
		throw new Problem(
			'request-malformed',
			'The Host header is no host with an optional port: send the name that was connected to.',
		);
};
