import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

const DAY = 86_400_000;

export default attack({
	title: 'a device that was expected before the policy was tightened is given the longer life of then at EST',
	requirements: ['certificate-lifetime'],
	attacker: 'device',
	off: { requirements: ['certificate-lifetime'] },
	refusal: /^a certificate of 1 d$/,
	run: async ({ site }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		await site.apply(`${hallPolicy}tighten: { certificate-lifetime: 1d }\n`);
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const { status, certificate, text } = await enrolWith(site, commissioning, privateKey);
		if (status !== 200) throw new Error(`the device was not enrolled: ${text}`);
		const { validFromDate, validToDate } = new X509Certificate(certificate);
		const span = (validToDate.getTime() - validFromDate.getTime()) / DAY;
		const saw = `a certificate of ${Math.round(span)} d`;
		return { succeeded: span > 1, saw, refusal: saw };
	},
});
