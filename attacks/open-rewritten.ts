import { encodeRecord } from '@keyward/core/observe';
import { openDigestOf, signOpenCheckpoint } from '@keyward/core/seal';
import { attack } from './harness/attack.ts';
import { openViewOf, SealedHall } from './harness/sealed.ts';

export default attack({
	title: 'who has the database changes a reading of an open stream after its device signed it',
	requirements: ['reading-signature'],
	attacker: 'database',
	quick: true,
	off: {
		patch: [
			{
				file: 'packages/core/seal/open-view.ts',
				find: 'Buffer.compare(openDigestOf(known), digest) !== 0',
				replace: 'digest.length === 0',
			},
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'checkpoint-mismatch',
	run: async ({ source }) => {
		const hall = new SealedHall({ sealed: false });
		const name = { application: 'hall', device: 'probe-1', stream: 'dose-rate' };
		const now = Date.now();
		const at = (step: number, value: number) => ({
			...{ time: now + step, record: encodeRecord({ value, unit: 'Sv/h' }) },
		});
		const measured = [at(1, 1e-7), at(2, 9e-3), at(3, 1e-7)];
		const checkpoint = { number: now, times: measured.map(({ time }) => time), digest: openDigestOf(measured) };
		const message = await signOpenCheckpoint({ ...checkpoint, previous: null }, name, hall.signer);
		const view = await openViewOf(source);
		for (const reading of measured.with(1, at(2, 1e-7))) view.takeReading(reading, now);
		const { signed, findings } = view.takeCheckpoint(message, hall.roster);
		const codes = findings.map(({ code }) => code);
		return {
			succeeded: signed.length === measured.length,
			saw: `${signed.length} readings are signed; noticed: ${codes.join(', ') || 'nothing'}`,
			refusal: codes[0] ?? null,
		};
	},
});
