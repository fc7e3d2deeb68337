import { attack } from './harness/attack.ts';
import { judgeReader, readAs, SealedHall, sealValue } from './harness/sealed.ts';

export default attack({
	title: 'somebody on the way changes a bit of a sealed value',
	requirements: ['sealed-readings'],
	attacker: 'network',
	quick: true,
	off: {
		patch: [
			{
				file: 'packages/core/format/cose/encrypt.ts',
				find: 'return Buffer.concat([stream.update(ciphertext.subarray(0, end)), stream.final()]);',
				replace: 'return stream.update(ciphertext.subarray(0, end));',
			},
		],
		because: 'the tag of AES-GCM is part of the format',
	},
	site: null,
	refusal: 'reading-forged',
	run: async ({ source }) => {
		const hall = new SealedHall();
		const epoch = await hall.epoch(1);
		const altered = sealValue(epoch, 1, 0.1);
		// The last byte of the value, before the tag of 16: AES-GCM is a stream cipher, so that the bit changes in the value.
		const at = altered.length - 17;
		altered[at] = (altered[at] ?? 0) ^ 1;
		const rows = [epoch.message, altered];
		return judgeReader(await readAs(source, hall, rows), 1);
	},
});
