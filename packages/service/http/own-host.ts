import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Problem } from '@keyward/core';
import type { FastifyRequest } from 'fastify';

/**
 * CR 3.5 (DNS rebinding): a name that somebody else points at this address gets no use of a person's cookie.
 * The site's own names are those of the certificate that this connection was opened with. Throws `Problem('request-forged')`.
 */
export const requireOwnHost = ({ raw: { socket }, headers }: Pick<FastifyRequest, 'raw' | 'headers'>): void => {
	if (!(socket instanceof TLSSocket)) return;
	const host = (headers.host ?? '').replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1');
	const certificate = socket.getX509Certificate();
	const own = host === '' ? undefined : isIP(host) === 0 ? certificate?.checkHost(host) : certificate?.checkIP(host);
	if (own !== undefined) return;
	throw new Problem(
		'request-forged',
		"This site does not have the name in the request's Host: open it by a name or address of its certificate, or give the site this one (keyward serve --name).",
	);
};
