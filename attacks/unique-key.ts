import { createPrivateKey } from 'node:crypto';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

export default attack({
	title: 'a second device is enrolled with the key copied from the folder of the first',
	requirements: ['unique-key'],
	attacker: 'device-folder',
	quick: true,
	off: {
		patch: [
			{
				file: 'packages/core/enrol/requested-key.ts',
				find: 'if (others.length > 0) {',
				replace: 'if (others.length < 0) {',
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'key-seen-before',
	run: async ({ site }) => {
		const victim = await site.commissionDevice('hall', 'probe-1');
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-2' });
		const { status, code, text } = await enrolWith(site, commissioning, createPrivateKey(victim.tls.key));
		const saw = status === 200 ? 'a certificate for probe-2 with the key of probe-1' : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
