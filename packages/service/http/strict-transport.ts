import { isIP } from 'node:net';

/**
 * RFC 6797 §7.2: a browser that was here once comes by TLS from then on, and lets nobody click a wrong certificate away. Null for what
 * other programs of the same machine share (`localhost`), and for an address, which has none (§8.1.1): the header counts for all ports.
 */
export const strictTransport = (host: string | undefined): string | null => {
	const name = host?.replace(/:[0-9]+$/, '').toLowerCase() ?? '';
	const isShared = name === '' || name === 'localhost' || name.endsWith('.localhost');
	return isShared || isIP(name.replaceAll(/[[\]]/g, '')) !== 0 ? null : 'max-age=31536000';
};
