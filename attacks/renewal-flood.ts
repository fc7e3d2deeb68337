import { createPrivateKey, X509Certificate } from 'node:crypto';
import { attack } from './harness/attack.ts';
import { reenrollWith } from './harness/est.ts';

export default attack({
	title: 'a device renews its certificate over and over, each time a signature of the CA and two durable commits',
	requirements: ['overload-held'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/enrolment/enrol.ts',
				find: 'if (present !== null) return answerAgain(present);',
				replace: '',
			},
		],
		because: 'a renewal has an interval at every level',
	},
	refusal: /^the present certificate again$/,
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const key = createPrivateKey(device.tls.key);
		const serials = new Set([device.identity.leaf.serial]);
		for (let count = 0; count < 5; count++) {
			const { status, certificate, text } = await reenrollWith(site, 'probe-1', device, key);
			if (status !== 200) throw new Error(`the renewal was refused: ${text}`);
			serials.add(new X509Certificate(certificate).serialNumber.toLowerCase());
		}
		const { certificates } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
		const fresh = certificates.length - 1;
		return {
			succeeded: fresh > 0,
			saw: `five renewals gave ${fresh} new certificates`,
			refusal: fresh === 0 && serials.size === 1 ? 'the present certificate again' : null,
		};
	},
});
