import { setTimeout as sleep } from 'node:timers/promises';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

const policy = hallPolicy.replace('range: [0, 10]', 'range: [0, 10], essential: true');

export default attack({
	title: 'a thief gets in with the key of an essential stream after its certificate was revoked and has ended',
	requirements: ['essential-function'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/essential-session.ts',
				find: 'if (others.refusals.length > 0) return refused;',
				replace: '',
			},
			{
				file: 'packages/core/authorize/essential-session.ts',
				find: 'return { ...others, until, despite: refusal };',
				replace: 'return { ...others, refusals: [], until, despite: refusal };',
			},
			{
				file: 'packages/core/authorize/essential-session.ts',
				find: 'refusal === undefined || !spares(refusal)',
				replace: 'refusal === undefined || (spares(refusal) && false)',
			},
		],
		because: 'what is spared of an essential stream is no parameter',
	},
	site: { policies: [`${policy}tighten: { certificate-lifetime: 3s }\n`] },
	refusal: 'certificate-revoked',
	run: async ({ site }) => {
		const stolen = await site.commissionDevice('hall', 'probe-1');
		await site.ask('principal.revoke', {
			...{ kind: 'device', application: 'hall', id: 'probe-1' },
			...{ cause: 'keyCompromise', reason: 'stolen' },
		});
		while (Date.now() <= stolen.identity.leaf.notAfter + 1000) await sleep(100);
		const { reason, code, why } = (await site.session(stolen)).connack;
		return { succeeded: reason === 0, saw: `CONNACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
