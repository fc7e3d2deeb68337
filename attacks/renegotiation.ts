import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device begins the TLS 1.2 handshake again and again on one connection, each time at the cost of the site',
	requirements: ['overload-held'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/tls/profile.ts',
				find: 'constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION',
				replace: 'constants.SSL_OP_NO_COMPRESSION',
			},
		],
		because: 'no level switches it off',
	},
	site: {
		policies: [hallPolicy.replace('confidentiality: 2', 'confidentiality: 1')],
		options: { floor: 'tls1.2-aead' },
	},
	refusal: /no renegotiation/i,
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const socket = await site.tls(site.mqttsPort, { ...device.tls, maxVersion: 'TLSv1.2' });
		socket.resume();
		const over = new Promise<Error>((resolve) => {
			socket.once('error', resolve);
			socket.once('close', () => resolve(new Error('the connection ended')));
		});
		const asked = new Promise<Error | null>((resolve) => {
			if (socket.renegotiate({}, resolve) === false) resolve(new Error('it was not even asked'));
		});
		const refused = await Promise.race([asked, over]);
		const saw = refused === null ? 'a second handshake was made' : refused.message.trim();
		return { succeeded: refused === null, saw, refusal: refused === null ? null : saw };
	},
});
