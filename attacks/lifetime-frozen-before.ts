import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SOFTHSM_MODULE, type SoftHsm, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

const DAY = 86_400_000;
let hsm: SoftHsm | null = null;

export default attack({
	title: 'a request that waited for the CA while the policy was tightened is signed for the longer life of then',
	requirements: ['certificate-lifetime'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/enrolment/open-intents.ts',
				find: 'certificateEnd({ notBefore, notAfter }, policy, principal) < notAfter',
				replace: 'certificateEnd({ notBefore, notAfter }, policy, principal) < notBefore',
			},
			{
				file: 'packages/service/enrolment/enrol.ts',
				find: '(one) => now < (policy === null ? one.notAfter : certificateEnd(one, policy, admitted)),',
				replace: '(one) => now < one.notAfter,',
			},
		],
		because: 'the parameter says how long a certificate lives; that the life of now counts holds at every level',
	},
	refusal: /^a certificate of 1 d$/,
	site: async () => {
		hsm = await startSoftHsm();
		const { token, pinFile } = hsm;
		return { options: { authority: { custody: 'pkcs11', module: SOFTHSM_MODULE, token, pinFile } } };
	},
	run: async ({ site, after, signal }) => {
		const token = hsm;
		if (token === null) throw new Error('the site has no token');
		after(() => token.close());
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		await token.remove();
		const first = await enrolWith(site, commissioning, privateKey);
		if (first.code !== 'token-absent') throw new Error(`the CA's token is not away: ${first.text}`);
		await site.apply(`${hallPolicy}tighten: { certificate-lifetime: 1d }\n`);
		await token.putBack();
		let answer = await enrolWith(site, commissioning, privateKey);
		while (answer.code === 'token-absent') {
			await sleep(200, null, { signal });
			answer = await enrolWith(site, commissioning, privateKey);
		}
		if (answer.status !== 200) throw new Error(`the device was not enrolled: ${answer.text}`);
		const { validFromDate, validToDate } = new X509Certificate(answer.certificate);
		const span = (validToDate.getTime() - validFromDate.getTime()) / DAY;
		const saw = `a certificate of ${Math.round(span)} d`;
		return { succeeded: span > 1, saw, refusal: saw };
	},
});
