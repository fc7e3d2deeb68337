import { makeEphemeralKey } from '@keyward/custody';
import { attack } from './harness/attack.ts';
import { judgeReader, readAs, SealedHall, sealValue } from './harness/sealed.ts';

export default attack({
	title: 'a service certifies its own key as a device, and invents readings for the reader',
	requirements: ['sealed-readings'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/seal/reader-view.ts',
				find: 'if (!isSignedEpoch(received, streamKeysOf(trust.rosters[0], this.#name.device)))',
				replace: 'if (trust.rosters.length === 0)',
			},
			{
				file: 'packages/core/seal/judge-epoch.ts',
				find: 'if (!isSignedEpoch(epoch, streamKeysOf(roster, stream.device))) {',
				replace: 'if (streamKeysOf(roster, stream.device).length > 9) {',
			},
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'stream-key-unknown',
	run: async ({ source }) => {
		const hall = new SealedHall();
		// To the readers of the roster, as the device would.
		const epoch = await hall.epoch(1, {}, makeEphemeralKey());
		const rows = [epoch.message, sealValue(epoch, 1, 9)];
		return judgeReader(await readAs(source, hall, rows), 1);
	},
});
