import { generateKeyPairSync } from 'node:crypto';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

export default attack({
	title:
		'the answer to an enrolment brings a CA beside the certificate, which a client takes for its own or for an anchor',
	requirements: ['service-authentication'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/service/enrolment/est.ts',
				find: '[certificate]: readonly Uint8Array[]): FastifyReply =>\n\tsendCertificates(reply, certificate === undefined ? [] : [certificate]);',
				replace: 'certificates: readonly Uint8Array[]): FastifyReply => sendCertificates(reply, certificates);',
			},
		],
		because: 'the protocol asks it at every level (RFC 7030 section 4.2.3)',
	},
	refusal: /^the issued certificate alone$/,
	run: async ({ site }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const { status, certificate, text } = await enrolWith(site, commissioning, privateKey);
		if (status !== 200) throw new Error(`the device was not enrolled: ${text}`);
		const count = certificate.split('-----BEGIN CERTIFICATE-----').length - 1;
		return {
			succeeded: count > 1,
			saw: `${count} certificates came`,
			refusal: count === 1 ? 'the issued certificate alone' : null,
		};
	},
});
