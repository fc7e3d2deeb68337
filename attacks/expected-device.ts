import { generateKeyPairSync } from 'node:crypto';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

export default attack({
	title: 'a stolen commissioning string admits another device where the policy wants the part recognised',
	requirements: ['expected-device'],
	attacker: 'network',
	off: { requirements: ['expected-device'] },
	site: { policies: [`${hallPolicy}tighten: { expected-device: token-endorsed }\n`] },
	refusal: 'device-not-expected',
	run: async ({ site }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const { status, code, text } = await enrolWith(site, commissioning, privateKey);
		const saw = status === 200 ? 'the thief holds a certificate of probe-1' : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
