import { attack } from './harness/attack.ts';
import { judgeReader, readAs, SealedHall, sealValue } from './harness/sealed.ts';

export default attack({
	title:
		'a service keeps an epoch back and hands it to a reader after the next one, so that what was passes for what is',
	requirements: ['sealed-readings'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/seal/reader-view.ts',
				find: 'if (before !== null && number < before.number)',
				replace: 'if (before !== null && number < 0)',
			},
			{
				file: 'packages/core/seal/reader-view.ts',
				find: 'if (before !== null && !follows)',
				replace: 'if (before !== null && number < 0)',
			},
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'reading-replayed',
	run: async ({ source }) => {
		const hall = new SealedHall();
		const [before, after] = [await hall.epoch(1), await hall.epoch(2)];
		const rows = [after.message, sealValue(after, 1, 9), before.message, sealValue(before, 1, 1)];
		return judgeReader(await readAs(source, hall, rows), 2);
	},
});
