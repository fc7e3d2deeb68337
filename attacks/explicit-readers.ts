import { Problem } from '@keyward/core';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'an operator grants a stream to a reader whom the policy does not name for it',
	requirements: ['explicit-readers'],
	attacker: 'operator',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/grant.ts',
				find: '!terms.readers.includes(grant.reader)',
				replace: 'grant.reader === null',
			},
			{
				file: 'packages/core/authorize/read-decision.ts',
				find: ' || !terms.readers.includes(principal.id)',
				replace: '',
			},
		],
		because: 'the parameter says where grants are held; that they name a reader of the policy holds at every level',
	},
	site: { policies: [hallPolicy.replace('unit: /, every: 10s, readers: [desk]', 'unit: /, every: 10s, readers: []')] },
	refusal: 'reader-unknown',
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const state = { stream: 'state' };
		const { reason } = await device.publish(
			'probe-1',
			[{ time: Date.now(), unit: '/', value: 1 }].map((one) => ({ ...one, name: 'probe-1/state' })),
			state,
		);
		if (reason !== 0) throw new Error('the reading was not taken');
		const reader = await site.commissionReader('hall', 'desk');
		try {
			await site.grant('hall', 'desk', '*', 'state');
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return { succeeded: false, saw: error.message, refusal: error.code };
		}
		const { status, code, text, readings } = await readStream(site, reader, 'probe-1', 'state');
		return { succeeded: readings.length > 0, saw: `granted, and read: ${status} ${text}`, refusal: code };
	},
});
