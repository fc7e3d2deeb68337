import { setTimeout as sleep } from 'node:timers/promises';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

/** Longer than a signature may be late under the policy below. */
const PATIENCE = 12_000;

export default attack({
	title: "who has a device's certificate, and not its stream key, goes on sending readings that nobody signs",
	requirements: ['reading-signature'],
	attacker: 'device',
	off: { requirements: ['reading-signature'] },
	site: { policies: [`${hallPolicy}tighten: { reading-signature: 1s }\n`] },
	refusal: 'reading-unsigned',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const until = Date.now() + PATIENCE;
		let sent = 0;
		do {
			const { reason, code, why } = await session.publish('probe-1', [{ time: Date.now() }]);
			if (reason !== 0) return { succeeded: false, saw: `refused after ${sent} readings: ${why}`, refusal: code };
			sent++;
			await sleep(250);
		} while (Date.now() < until);
		return { succeeded: true, saw: `${sent} readings in ${PATIENCE / 1000} s, all taken`, refusal: null };
	},
});
