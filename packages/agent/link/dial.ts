import { isIP } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { type Milliseconds, Problem } from '@keyward/core';
import { isKeyFailure, keyFailed } from '../tls/secure-context.ts';

const slowest: Milliseconds = 20_000;

/**
 * Opens TLS to an `mqtts:` URL; resolves when the service has proved its name under the pinned CA. Throws
 * `Problem('service-not-trusted')` when it has not, `Problem('site-unreachable')` when there is no answer, and
 * `Problem('token-failed')` when the part with the key does not sign.
 */
export const dial = (url: string, context: SecureContext): Promise<TLSSocket> => {
	const { protocol, hostname, port } = new URL(url);
	if (protocol !== 'mqtts:')
		throw new Problem('service-not-trusted', 'readings go over TLS only: the URL must begin with mqtts:');
	const host = hostname.replace(/^\[|\]$/g, '');
	return new Promise((resolve, reject) => {
		const socket = connect({
			host,
			port: port === '' ? 8883 : Number(port),
			secureContext: context,
			// service-authentication: Node checks the name against this host; RFC 6066 §3 has no addresses in SNI.
			...(isIP(host) === 0 ? { servername: host } : {}),
			rejectUnauthorized: true,
			timeout: slowest,
		});
		const fail = (error: Error): void => {
			socket.destroy();
			reject(explain(error, url));
		};
		socket.once('error', fail);
		socket.once('timeout', () => fail(new Error(`no answer within ${slowest / 1000} s`)));
		socket.once('secureConnect', () => {
			socket.removeListener('error', fail);
			socket.removeAllListeners('timeout');
			socket.setTimeout(0);
			resolve(socket);
		});
	});
};

const untrusted = /CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME|ISSUER/;

const explain = (error: Error & { code?: string }, url: string): Problem => {
	if (isKeyFailure(error)) return keyFailed(error);
	const reason = error.message === '' ? (error.code ?? 'the connection failed') : error.message;
	return untrusted.test(error.code ?? '') && !error.code?.startsWith('ERR_SSL')
		? new Problem('service-not-trusted', `${url} does not prove that it is the service: ${reason}`, { cause: error })
		: new Problem('site-unreachable', `${url} cannot be reached: ${describeAlert(error) ?? reason}`, { cause: error });
};

/** TLS alerts (RFC 8446 §6.2) by which a service refuses a device's certificate. */
export const describeAlert = (error: Error & { code?: string }): string | null => {
	const alert = /ERR_SSL_(?:SSL)?V?\d*_?(?:TLSV\d+_)?ALERT_(.+)/.exec(error.code ?? '')?.[1];
	return alert === undefined
		? null
		: `the service refuses this device's certificate: ${alert.toLowerCase().replaceAll('_', ' ')}`;
};
