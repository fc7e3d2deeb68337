import { createPrivateKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { reenrollWith } from './harness/est.ts';

export default attack({
	title: 'a copied certificate of a year is renewed at EST after the policy has ended it',
	requirements: ['certificate-lifetime'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/enrol/client-authentication.ts',
				find: 'policy === null || principal === null ? certificate.notAfter : certificateEnd(certificate, policy, principal);',
				replace: 'certificate.notAfter;',
			},
		],
		because: 'the parameter says how long a certificate lives; that the life of now counts holds at every level',
	},
	refusal: 'certificate-expired',
	run: async ({ site }) => {
		const stolen = await site.commissionDevice('hall', 'probe-1');
		await site.apply(`${hallPolicy}tighten: { certificate-lifetime: 1s }\n`);
		const end = stolen.identity.leaf.notBefore + 1000;
		while (Date.now() <= end) await sleep(100);
		const { status, code, text } = await reenrollWith(site, 'probe-1', stolen, createPrivateKey(stolen.tls.key));
		return { succeeded: status === 200, saw: status === 200 ? 'it was renewed' : `${status} ${text}`, refusal: code };
	},
});
