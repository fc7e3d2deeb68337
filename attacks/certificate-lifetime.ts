import { setTimeout as sleep } from 'node:timers/promises';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a certificate of a year, copied from a device, is used after the policy allows a shorter life',
	requirements: ['certificate-lifetime'],
	attacker: 'device-folder',
	off: { requirements: ['certificate-lifetime'] },
	refusal: 'certificate-expired',
	run: async ({ site }) => {
		const stolen = await site.commissionDevice('hall', 'probe-1');
		await site.apply(`${hallPolicy}tighten: { certificate-lifetime: 1s }\n`);
		const end = stolen.identity.leaf.notBefore + 1000;
		while (Date.now() <= end) await sleep(100);
		const { reason, code, why } = (await site.session(stolen)).connack;
		return { succeeded: reason === 0, saw: `CONNACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
