import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { days, type Instant } from '@keyward/core';
import { roughSpan } from '@keyward/core/spelling';
import { type Check, finding, held, type Patient } from './check.ts';

const PATIENCE = 5000;

/** The service's TLS certificate: its end, and the names that devices reach it by. */
export const checkCertificate = async ({ data, site }: Patient, now: Instant): Promise<Check[]> => {
	const check = 'TLS certificate';
	const pem = await readFile(join(data, 'authority', 'service.pem')).catch(() => null);
	if (pem === null) return [held(check, 'not made yet; keyward serve makes it')];
	const certificate = new X509Certificate(pem);
	const until = certificate.validToDate.getTime();
	if (until <= now)
		return [finding(check, `it ended ${roughSpan(now - until)} ago`, 'start the site again: it renews it')];
	const names = [site?.name ?? 'localhost', ...(site?.addresses ?? [])];
	const missing = names.filter(
		(name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) === undefined,
	);
	if (missing.length > 0)
		return [
			finding(
				check,
				`it is not for ${missing.join(', ')}`,
				'start the site again: it makes one for the names of the site file',
			),
		];
	const left = roughSpan(until - now);
	if (until - now < days(30)) return [finding(check, `it ends in ${left}`, 'start the site again: it renews it')];
	return [held(check, `good for ${left}, for ${names.join(', ')}`)];
};

/** Each MQTT and HTTPS listener of the running site takes the link that it says, and none weaker (link-encryption). */
export const checkLinks = async ({ data, site, running }: Patient): Promise<Check[]> => {
	if (running === null) return [];
	const own = new X509Certificate(await readFile(join(data, 'authority', 'service.pem')));
	const host = site?.listen === undefined || /^(?:0\.0\.0\.0|::)$/.test(site.listen) ? '127.0.0.1' : site.listen;
	return Promise.all(
		running.listeners.map(async ({ port, floor }) => {
			const check = `link on ${port}`;
			const offers = (options: ConnectionOptions): Promise<boolean> => handshake({ host, port, ...options }, own);
			const [old, classic, hybrid] = await Promise.all([
				offers({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }),
				offers({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519' }),
				offers({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519MLKEM768' }),
			]);
			const mend = 'start the site again, and report this if it stays';
			if (!hybrid) return finding(check, 'TLS 1.3 with X25519MLKEM768 is not taken', mend);
			if (floor === 'tls1.3-pq' && classic)
				return finding(check, `a link without ML-KEM is taken, and the floor is ${floor}`, mend);
			if (floor !== 'tls1.2-aead' && old) return finding(check, `TLS 1.2 is taken, and the floor is ${floor}`, mend);
			return held(check, `${floor} or stronger, TLS 1.3 with X25519MLKEM768 offered`);
		}),
	);
};

/**
 * Whether a handshake with our own service goes through: with the certificate in the data folder, whatever its CA. Ours is
 * not asked for yet at that point.
 */
const handshake = async (options: ConnectionOptions, own: X509Certificate): Promise<boolean> => {
	const socket = connect({ ...options, servername: 'localhost', timeout: PATIENCE, rejectUnauthorized: false });
	socket.on('timeout', () => socket.destroy(new Error('too slow')));
	try {
		await once(socket, 'secureConnect');
		return socket.getPeerX509Certificate()?.fingerprint256 === own.fingerprint256;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
};
