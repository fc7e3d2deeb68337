import { attack } from './harness/attack.ts';
import { judgeReader, readAs, SealedHall, sealValue } from './harness/sealed.ts';

export default attack({
	title: 'a service drops every second reading of a sealed stream before its reader',
	requirements: ['sealed-readings'],
	attacker: 'service',
	off: {
		patch: [
			{ file: 'packages/core/seal/sequence-watch.ts', find: 'number > this.#newest + 1 ?', replace: 'number < 0 ?' },
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'reading-missing',
	run: async ({ source }) => {
		const hall = new SealedHall();
		const epoch = await hall.epoch(1);
		const rows = [epoch.message, ...[1, 3, 5].map((number) => sealValue(epoch, number, number))];
		return judgeReader(await readAs(source, hall, rows), 3);
	},
});
