import { generateKeyPairSync } from 'node:crypto';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

export default attack({
	title: 'a commissioning string that a device has used is used again, with the key of somebody who read it',
	requirements: ['expected-device'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/enrol/client-authentication.ts',
				find: 'Buffer.compare(token.spentFor, key) !== 0',
				replace: 'Buffer.compare(token.spentFor, key) === 2',
			},
			{
				file: 'packages/store/sqlite/admissions.ts',
				find: 'spend.run(key, token, application, kind, id).changes === 0',
				replace: 'spend.run(key, token, application, kind, id).changes < 0',
			},
			{ file: 'packages/store/sqlite/admissions.ts', find: "? state === 'expected'", replace: '? state !== undefined' },
			{
				file: 'packages/service/enrolment/enrol.ts',
				find: 'if (!mayUseCertificate(admitted.state)) {',
				replace: 'if (key.certificates.length === 0) {',
			},
		],
		because:
			'a token admits one device with one key wherever a token is asked; the store looks twice more before it writes',
	},
	refusal: 'token-spent',
	run: async ({ site }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const enrol = () =>
			enrolWith(site, commissioning, generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
		const first = await enrol();
		if (first.status !== 200) throw new Error(`the device was not enrolled: ${first.text}`);
		const { status, code, text } = await enrol();
		const saw = status === 200 ? 'a second key has a certificate of probe-1' : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
