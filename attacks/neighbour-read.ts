import { attack } from './harness/attack.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'an opened device reads what its neighbour has sent',
	requirements: ['deny-by-default'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/authorize.ts',
				find: "rule.kind === 'certificate' && rule.role === principal.kind",
				replace: "rule.kind === 'certificate'",
			},
			{
				file: 'packages/core/authorize/read-decision.ts',
				find: "if (principal.kind !== 'reader' || policy === null || principal.application !== name.application) return denied;",
				replace: 'if (policy !== null) return { allowed: true, until: Number.MAX_SAFE_INTEGER };',
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'not-granted',
	run: async ({ site }) => {
		const neighbour = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const { reason } = await neighbour.publish('probe-1', [{ time: Date.now() }]);
		if (reason !== 0) throw new Error('the reading was not taken');
		const opened = await site.commissionDevice('hall', 'probe-2');
		const { status, code, text, readings } = await readStream(site, opened, 'probe-1', 'dose-rate');
		return { succeeded: readings.length > 0, saw: `${status} ${text}`, refusal: code };
	},
});
