import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { days } from '@keyward/core';
import { principalCertificate, siteRootCertificate } from '@keyward/core/enrol';
import { encodePem, readCertificate } from '@keyward/core/format';
import { connectPacket, packetBytes } from '@keyward/testing/service/wire';
import { attack } from './harness/attack.ts';
import { certify, entropy } from './harness/certify.ts';
import { signerFor } from './harness/est.ts';

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;

/** A certificate in the name of probe-1 by a root that the attacker made, as a site's own are. */
const forge = async (): Promise<{ readonly cert: string; readonly key: string }> => {
	const [rootKey, key] = [newKey(), newKey()];
	const [by, own] = [signerFor(rootKey), signerFor(key)];
	const now = Date.now();
	const root = await certify(siteRootCertificate({ publicKey: by.publicKey, now, entropy }), by);
	const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
	const terms = { now, lifetime: days(30) };
	const leaf = await certify(principalCertificate(name, own.publicKey, readCertificate(root), terms, entropy), by);
	return {
		cert: encodePem('CERTIFICATE', leaf) + encodePem('CERTIFICATE', root),
		key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
	};
};

export default attack({
	title: 'a stranger connects in the name of a device, with a certificate by a CA of its making',
	requirements: ['device-authentication'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/mqtt/connection/client-certificate.ts',
				find: 'if (socket.authorized) return null;',
				replace: "if (socket.authorized || code !== '') return null;",
			},
			{
				file: 'packages/service/session/sessions.ts',
				find: 'open: async (worker, request) => {',
				replace: `open: async (worker, given) => {
			const [victim] = await store.certificates({ kind: 'device', application: 'hall', id: 'probe-1' });
			const request = { ...given, fingerprint: Buffer.from(victim?.fingerprint ?? []).toString('hex') };`,
			},
		],
		because:
			'who signed a certificate counts at every level. TLS asks it, and the registry knows each certificate that it issued: both are taken out, and a name is taken at its word',
	},
	refusal: 'not-authenticated',
	run: async ({ site }) => {
		const victim = await site.commissionDevice('hall', 'probe-1');
		const forged = await forge();
		const socket = await site.tls(site.mqttsPort, { ...forged, rejectUnauthorized: false });
		socket.write(packetBytes(connectPacket(5), 5));
		const answered = once(socket, 'data') as Promise<[Buffer]>;
		const closed = once(socket, 'close').catch(() => null);
		const answer = await Promise.race([answered.catch(() => null), closed.then(() => null)]);
		if (answer === null) {
			// By MQTT the stranger is told nothing; by HTTPS, why.
			const as = { tls: { ...forged, ca: victim.tls.ca } };
			const { status, code } = await site.https({
				...{ method: 'POST', path: '/v1/operations/streams.list', as, body: '{}' },
				headers: { 'content-type': 'application/json' },
			});
			const saw = `by MQTT the connection ended before CONNACK; by HTTPS ${status} ${code}`;
			return { succeeded: false, saw, refusal: code };
		}
		const reason = answer[0][3] ?? 0xff;
		return { succeeded: reason === 0, saw: `CONNACK 0x${reason.toString(16)} as probe-1`, refusal: null };
	},
});
