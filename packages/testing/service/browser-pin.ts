import { hash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';

/** SHA-256 of the site's key, so that a browser takes its certificate without a root being installed. */
export const pinOf = async (port: number): Promise<string> => {
	const socket = connect({ host: 'localhost', port, rejectUnauthorized: false });
	await once(socket, 'secureConnect');
	const { raw } = socket.getPeerCertificate();
	socket.destroy();
	const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' });
	return hash('sha256', key, 'base64');
};
