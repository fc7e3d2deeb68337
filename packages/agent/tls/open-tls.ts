import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { tlsProfile } from '@keyward/core/tls';
import { isKeyFailure, keyFailed } from './secure-context.ts';

/** A service that does not answer in this time is given up. */
export const PATIENCE: Milliseconds = seconds(20);

/**
 * Opens TLS 1.3 to an `https:` URL; resolves when the handshake is done and, unless the options say otherwise, the service has
 * proved its name under `ca`. Throws `Problem('service-not-trusted')` when it has not, `Problem('site-unreachable')`, and
 * `Problem('token-failed')` when the part with the key does not sign.
 */
export const openTls = (url: string, options: ConnectionOptions): Promise<TLSSocket> => {
	const { hostname, port } = new URL(url);
	const host = hostname.replace(/^\[|\]$/g, '');
	return new Promise((resolve, reject) => {
		const socket = connect({
			host,
			port: port === '' ? 443 : Number(port),
			// RFC 6066 §3: no addresses in SNI. Node checks name or address against the certificate either way.
			...(isIP(host) === 0 ? { servername: host } : {}),
			// link-encryption: the token must not go over anything weaker, whatever the other side offers.
			...tlsProfile('tls1.3'),
			timeout: PATIENCE,
			...options,
		});
		const fail = (error: Error): void => {
			socket.destroy();
			reject(explain(url, error));
		};
		socket.once('error', fail);
		const late = (): void => fail(new Error(`no answer within ${PATIENCE / 1000} s`));
		socket.once('timeout', late);
		socket.once('secureConnect', () => {
			socket.off('error', fail);
			// What follows has its own patience: a slow TPM may be at work between two requests.
			socket.off('timeout', late);
			socket.setTimeout(0);
			resolve(socket);
		});
	});
};

const explain = (url: string, error: Error): Problem => {
	if (isKeyFailure(error)) return keyFailed(error);
	const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
	if (!code.startsWith('ERR_SSL') && /CERT|SELF_SIGNED|UNABLE_TO|ISSUER|PURPOSE|ALTNAME/.test(code)) {
		return new Problem('service-not-trusted', `${url} does not prove that it is the service: ${error.message}`, {
			cause: error,
		});
	}
	const said = `${url} cannot be reached: ${error.message || code}`;
	return new Problem('site-unreachable', `${said}. Is the site running, and is the way there open?`, { cause: error });
};
