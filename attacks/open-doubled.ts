import type { RowView } from '@keyward/contract';
import { writeCursor } from '@keyward/contract/cursor';
import { encodeRecord } from '@keyward/core/observe';
import { openDigestOf, signOpenCheckpoint } from '@keyward/core/seal';
import { attack } from './harness/attack.ts';
import { openerClassOf, SealedHall } from './harness/sealed.ts';

export default attack({
	title:
		'who runs the service puts a second reading under the time of a true one, so that its checkpoint makes both signed',
	requirements: ['reading-signature'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/client/signed-open.ts',
				find: 'if (expected && findings.length > 0) continue;',
				replace: 'out.findings.length = 0;',
			},
		],
		because: 'a reader checks all of it whatever the policy says',
	},
	site: null,
	refusal: 'reading-forged',
	run: async ({ source }) => {
		const hall = new SealedHall({ sealed: false });
		const name = { application: 'hall', device: 'probe-1', stream: 'dose-rate' };
		const now = Date.now();
		const unit = 'Sv/h';
		const digest = openDigestOf([{ time: now, record: encodeRecord({ value: 9e-3, unit }) }]);
		const message = await signOpenCheckpoint({ number: now, times: [now], digest, previous: null }, name, hall.signer);
		const cursor = (place: number): string => writeCursor('0123456789', place);
		const rows: readonly RowView[] = [
			{ cursor: cursor(1), time: now, value: 9e-3, unit },
			{ cursor: cursor(2), time: now, value: 1e-7, unit },
			{ cursor: cursor(3), time: now, sealed: Buffer.from(message).toString('base64') },
		];
		const Opener = await openerClassOf(source);
		const call: ConstructorParameters<typeof Opener>[0]['call'] = async () => {
			throw new Error('nothing is asked');
		};
		const trust = { rosters: [hall.roster] as const, key: { agreement: hall.reader }, now };
		const opened = await new Opener({ call }, async () => trust, false).open({ name, readings: rows, next: cursor(3) });
		const forged = opened.readings.filter(({ value, proof }) => value === 1e-7 && proof === 'signed');
		const [code] = opened.findings.map((one) => one.code);
		return {
			succeeded: forged.length > 0 && code === undefined,
			saw: `shown: ${opened.readings.map(({ value, proof }) => `${String(value)} ${proof ?? ''}`).join(', ')}; noticed: ${code ?? 'nothing'}`,
			refusal: code ?? null,
		};
	},
});
