import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a thief of the whole data folder, its seal with it, reads what a device sent that was retired before',
	requirements: ['erased-at-retirement'],
	attacker: 'database',
	off: { requirements: ['erased-at-retirement'] },
	site: {
		policies: [hallPolicy.replace('mode: enforce', 'mode: enforce\ntighten: { erased-at-retirement: verified }')],
	},
	refusal: /^nothing opens$/,
	run: async ({ site }) => {
		const planted = 'the-planted-reading-0123456789abcdef';
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const time = Date.now();
		const payload = JSON.stringify([{ n: 'probe-1/state', u: '/', t: time / 1000, vs: planted }]);
		const { reason, why } = await session.publish('probe-1', [], { payload, stream: 'state' });
		if (reason !== 0) throw new Error(`the reading was not taken: ${why}`);
		await site.grant('hall', 'desk', '*', 'state');
		const reader = await site.commissionReader('hall', 'desk');
		const ask = async (): Promise<string> => {
			const { status, text } = await site.https({
				path: '/v1/readings/hall/probe-1/state?after=0',
				as: reader,
			});
			if (status !== 200) throw new Error(`the reader was refused: ${text}`);
			return text;
		};
		if (!(await ask()).includes(planted)) throw new Error('the reading was not there to be read');
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'scrapped' });
		// A service that starts on the folder has all that a thief of it has: database, wrapped keys, and the seal that they open with.
		await site.restart();
		const succeeded = (await ask()).includes(planted);
		return {
			succeeded,
			saw: succeeded
				? "the retired device's reading stands in the answer"
				: 'nothing of the retired device can be read',
			refusal: succeeded ? null : 'nothing opens',
		};
	},
});
