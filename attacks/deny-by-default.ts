import { attack } from './harness/attack.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'a reader to whom nothing was granted reads a stream',
	requirements: ['deny-by-default'],
	attacker: 'reader',
	quick: true,
	off: {
		patch: [
			{
				file: 'packages/core/authorize/read-decision.ts',
				find: 'let until = 0;',
				replace: 'let until = Number.MAX_SAFE_INTEGER;',
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'not-granted',
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const { reason } = await device.publish('probe-1', [{ time: Date.now() }]);
		if (reason !== 0) throw new Error('the reading was not taken');
		const reader = await site.commissionReader('hall', 'desk');
		const { status, code, text, readings } = await readStream(site, reader, 'probe-1', 'dose-rate');
		return { succeeded: readings.length > 0, saw: `${status} ${text}`, refusal: code };
	},
});
