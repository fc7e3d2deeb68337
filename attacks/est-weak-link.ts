import { generateKeyPairSync } from 'node:crypto';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

const hybrid = { port: 0, floor: 'tls1.3-pq' } as const;

export default attack({
	title: 'a device of a policy that asks for hybrid key agreement enrols by EST over a link that takes less',
	requirements: ['link-encryption'],
	attacker: 'network',
	off: { requirements: ['link-encryption'] },
	site: {
		policies: [hallPolicy.replace('confidentiality: 2', 'confidentiality: 4')],
		options: { httpsListeners: [hybrid], listeners: [hybrid] },
	},
	refusal: 'link-too-weak',
	run: async ({ site }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		// The string names the hybrid listener; this goes to the first one, which takes X25519 alone too.
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
		const { status, text, code, certificate } = await enrolWith(site, commissioning, privateKey);
		return { succeeded: certificate !== '', saw: `${status} ${text.slice(0, 120)}`, refusal: code };
	},
});
