import { join } from 'node:path';
import { parseCommissioning } from '@keyward/core/enrol';
import { run } from '@keyward/testing/service/run-program';
import { attack } from './harness/attack.ts';
import { simpleEnroll } from './harness/est.ts';

export default attack({
	title: 'a device enrols with RSA-2048, which is weaker than the policy asks',
	requirements: ['key-strength'],
	attacker: 'device',
	off: { requirements: ['key-strength'] },
	refusal: 'csr-key',
	run: async ({ site, folder }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const request = ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'key.pem')];
		const made = await run('openssl', [
			...request,
			'-subj',
			'/O=hall/CN=probe-1/serialNumber=probe-1',
			'-outform',
			'DER',
		]);
		if (made.status !== 0) throw new Error(`openssl made no request: ${made.said}`);
		const { status, code, text } = await simpleEnroll(site, parseCommissioning(commissioning), made.out);
		const saw = status === 200 ? 'a certificate for RSA-2048' : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
