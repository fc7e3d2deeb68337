import { Problem } from '@keyward/core';
import { ownSite } from '@keyward/testing/owner/owner';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'who runs the service grants a stream to a reader whom the owner did not put on the roster',
	requirements: ['explicit-readers'],
	attacker: 'operator',
	off: { requirements: ['explicit-readers'] },
	site: { policies: [hallPolicy.replace('authorization: 2', 'authorization: 4')] },
	refusal: 'not-granted',
	run: async ({ site }) => {
		await (await ownSite(site)).publish();
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const record = { name: 'probe-1/dose-rate', time: Date.now(), unit: 'Sv/h', value: 1e-7 };
		const { reason } = await device.publish('probe-1', [record], { stream: 'dose-rate' });
		if (reason !== 0) throw new Error(`the reading was not taken: ${reason}`);
		const reader = await site.commissionReader('hall', 'desk');
		try {
			await site.grant('hall', 'desk', '*', 'dose-rate');
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return { succeeded: false, saw: error.message, refusal: error.code };
		}
		const { status, code, text, readings } = await readStream(site, reader, 'probe-1', 'dose-rate');
		return { succeeded: readings.length > 0, saw: `granted, and read: ${status} ${text}`, refusal: code };
	},
});
