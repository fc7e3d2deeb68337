import { attack } from './harness/attack.ts';
import { judgeReader, readAs, SealedHall, sealValue } from './harness/sealed.ts';

export default attack({
	title:
		'a reader seals an invented reading with the content key that it shares, and the service puts it in the place of a true one',
	requirements: ['sealed-readings', 'reading-signature'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/core/seal/reader-view.ts',
				find: 'Buffer.compare(digestOf(hashes), checkpoint.digest) !== 0',
				replace: 'digestOf(hashes).length === 0',
			},
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'checkpoint-mismatch',
	run: async ({ source }) => {
		const hall = new SealedHall();
		const epoch = await hall.epoch(1);
		const sealed = [1, 2, 3].map((number) => sealValue(epoch, number, number));
		const forged = sealValue(epoch, 2, 9);
		const rows = [...[epoch.message, ...sealed.with(1, forged)], await hall.checkpoint(epoch, sealed)];
		return judgeReader(await readAs(source, hall, rows), 3);
	},
});
