import { attack } from './harness/attack.ts';
import { judgeReader, readAs, SealedHall, sealValue } from './harness/sealed.ts';

export default attack({
	title: 'a service holds back a reading whose time is relative, and dates it by when it lets it go',
	requirements: ['sealed-readings'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/seal/opened-record.ts',
				find: 'return decodeSenmlCbor(plaintext, null);',
				replace: 'return decodeSenmlCbor(plaintext, Date.now());',
			},
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'reading-forged',
	run: async ({ source }) => {
		const hall = new SealedHall();
		const epoch = await hall.epoch(1);
		// RFC 8428 §4.5.3: a time below 2^28 counts from when it is read.
		const rows = [epoch.message, sealValue(epoch, 1, 9, -1000)];
		return judgeReader(await readAs(source, hall, rows), 1);
	},
});
