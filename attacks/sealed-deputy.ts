import { attack } from './harness/attack.ts';
import { judgeReader, readAs, SealedHall, sealValue } from './harness/sealed.ts';

export default attack({
	title: 'a service hands a reader of one application what the device sealed for the same reader in another',
	requirements: ['sealed-readings'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/seal/judge-epoch.ts',
				find: '!isSameStream(content, stream) || roster.application !== stream.application',
				replace: 'roster.application !== stream.application',
			},
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'epoch-malformed',
	run: async ({ source }) => {
		const hall = new SealedHall();
		const epoch = await hall.epoch(1, { application: 'weather' });
		const rows = [epoch.message, sealValue(epoch, 1, 9)];
		return judgeReader(await readAs(source, hall, rows), 1);
	},
});
