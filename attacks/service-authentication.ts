import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createServer } from 'node:https';
import { parseCommissioning, serviceAuthorityCertificate, serviceCertificate } from '@keyward/core/enrol';
import { encodePem, readCertificate } from '@keyward/core/format';
import { attack } from './harness/attack.ts';
import { certify, entropy } from './harness/certify.ts';
import { signerFor } from './harness/est.ts';

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;

/** A service CA and a service certificate for localhost, as a site makes them, by the attacker. */
const makeImpostor = async (): Promise<{ readonly cert: string; readonly key: string }> => {
	const [caKey, key] = [newKey(), newKey()];
	const [ca, own] = [signerFor(caKey), signerFor(key)];
	const now = Date.now();
	const root = await certify(serviceAuthorityCertificate({ publicKey: ca.publicKey, now, entropy }), ca);
	const names = { hosts: ['localhost'], addresses: ['127.0.0.1'] };
	const leaf = await certify(
		serviceCertificate(names, readCertificate(root), { publicKey: own.publicKey, now, entropy }),
		ca,
	);
	return {
		cert: encodePem('CERTIFICATE', leaf) + encodePem('CERTIFICATE', root),
		key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
	};
};

export default attack({
	title: "an impostor with a CA of its making answers at the service's address, to be told a device's token",
	requirements: ['service-authentication'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/agent/est/trust.ts',
				find: 'Buffer.compare(pin(der), thumbprint) === 0',
				replace: 'pin(der).length > 0',
			},
		],
		because: 'the check is at the device, which reads no policy; every level asks it',
	},
	refusal: 'service-not-trusted',
	run: async ({ site, cli, folder, after }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const { token } = parseCommissioning(commissioning);
		await site.stop();
		let told = false;
		const impostor = createServer(await makeImpostor(), (request, response) => {
			const [, given = ''] = (request.headers.authorization ?? '').split(' ');
			if (Buffer.from(given, 'base64').toString() === `keyward:${token}`) told = true;
			response.writeHead(503).end();
		});
		impostor.listen(site.httpsPort, '127.0.0.1');
		await once(impostor, 'listening');
		after(() => impostor.close());
		const home = join(folder, 'device');
		const words = ['device', 'commission', '--folder', home, '--allow-plain-key', '--json'];
		const { code, stderr } = await cli(words, { input: commissioning });
		const saw = told ? 'the impostor was told the token' : `the device told nothing: ${stderr.trim()}`;
		return { succeeded: told, saw, refusal: code };
	},
});
