import { attack } from './harness/attack.ts';
import { judgeReader, readAs, SealedHall, sealValue } from './harness/sealed.ts';

export default attack({
	title: 'a service hands a reader the same sealed reading a second time',
	requirements: ['sealed-readings'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/seal/sequence-watch.ts',
				find: 'if (known !== undefined) return',
				replace: 'if (known !== undefined && number < 0) return',
			},
			{
				file: 'packages/core/seal/sequence-watch.ts',
				find: "if (number <= this.#newest && !this.#fill(number)) return 'again';",
				replace: 'this.#fill(number);',
			},
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'reading-replayed',
	run: async ({ source }) => {
		const hall = new SealedHall();
		const epoch = await hall.epoch(1);
		const reading = sealValue(epoch, 1, 1);
		const rows = [epoch.message, reading, reading];
		return judgeReader(await readAs(source, hall, rows), 2);
	},
});
