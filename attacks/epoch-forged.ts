import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { makeEphemeralKey } from '@keyward/custody';
import { sealedSession } from './harness/sealed.ts';

export default attack({
	title: "a device's certificate is used to begin an epoch under another key than its stream key",
	requirements: ['sealed-readings'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/seal/admit-sealed.ts',
				find: 'if (!isSignedEpoch(received, keys)) {',
				replace: 'if (keys.length > 9) {',
			},
			{
				file: 'packages/core/seal/judge-epoch.ts',
				find: 'if (!isSignedEpoch(epoch, streamKeysOf(roster, stream.device))) {',
				replace: 'if (streamKeysOf(roster, stream.device).length > 9) {',
			},
		],
		because: 'anyone who takes sealed readings checks who sealed them, whatever the policy says',
	},
	site: { policies: [`${hallPolicy}tighten: { sealed-readings: sealed }\n`] },
	refusal: 'stream-key-unknown',
	run: async (tools) => {
		const { hall, send } = await sealedSession(tools);
		const { reason, code, why } = await send((await hall.epoch(1, {}, makeEphemeralKey())).message);
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
