import { encodeRecord } from '@keyward/core/observe';
import { openDigestOf, signOpenCheckpoint } from '@keyward/core/seal';
import { makeEphemeralKey } from '@keyward/custody';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: "who has a device's certificate signs its readings with a key of the attacker's",
	requirements: ['reading-signature'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/seal/admit-open.ts',
				find: 'if (!isSignedOpenCheckpoint(received, name, keys))',
				replace: 'if (!isSignedOpenCheckpoint(received, name, keys) && keys.length === 0)',
			},
		],
		because: 'whose signature counts is no parameter',
	},
	site: { policies: [`${hallPolicy}tighten: { reading-signature: 1s }\n`] },
	refusal: 'stream-key-unknown',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const time = Date.now();
		const { reason: taken, why: not } = await session.publish('probe-1', [{ time, value: 1 }]);
		if (taken !== 0) throw new Error(`the reading was not taken: ${not}`);
		const digest = openDigestOf([{ time, record: encodeRecord({ value: 1, unit: 'Sv/h' }) }]);
		const message = await signOpenCheckpoint(
			{ number: time, times: [time], digest, previous: null },
			{ application: 'hall', device: 'probe-1', stream: 'dose-rate' },
			makeEphemeralKey(),
		);
		const { reason, code, why } = await session.publish('probe-1', [], { payload: Buffer.from(message) });
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
