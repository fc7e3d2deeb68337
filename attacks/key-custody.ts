import { generateKeyPairSync } from 'node:crypto';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

export default attack({
	title: 'a key in a file is enrolled where the policy wants one in hardware that somebody vouches for',
	requirements: ['key-custody'],
	attacker: 'device',
	off: { requirements: ['key-custody'] },
	site: { policies: [`${hallPolicy}tighten: { key-custody: hardware-endorsed }\n`] },
	refusal: 'evidence-missing',
	run: async ({ site }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const { status, code, text } = await enrolWith(site, commissioning, privateKey);
		const saw = status === 200 ? 'a certificate for a key in a file' : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
