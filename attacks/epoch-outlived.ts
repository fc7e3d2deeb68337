import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { sealedSession, sealValue } from './harness/sealed.ts';

export default attack({
	title: 'a device goes on sealing with one content key after its epoch should have ended',
	requirements: ['epoch-length'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/seal/admit-sealed.ts',
				find: 'now - epoch.since <= length +',
				replace: 'now < Infinity + length +',
			},
		],
		because: 'the terms of the roster bound it too, where the policy asks nothing',
	},
	site: { policies: [`${hallPolicy}tighten: { sealed-readings: sealed, epoch-length: 1s }\n`] },
	refusal: 'epoch-outlived',
	run: async (tools) => {
		const { hall, send } = await sealedSession(tools, { epoch: '1s' });
		const epoch = await hall.epoch(1);
		const first = await send(epoch.message, sealValue(epoch, 1, 1e-7));
		if (first.reason !== 0) throw new Error(`the epoch was not taken: ${first.why}`);
		await sleep(7000, undefined, { signal: tools.signal });
		const { reason, code, why } = await send(sealValue(epoch, 2, 1e-7));
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
