import { setTimeout as sleep } from 'node:timers/promises';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a thief takes the battery out of a sensor, and nobody hears of it',
	requirements: ['gap-noticed'],
	attacker: 'device',
	off: { requirements: ['gap-noticed'] },
	site: { policies: [`${hallPolicy}tighten: { gap-noticed: 10s }\n`] },
	refusal: 'silent',
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const last = Date.now();
		const { reason, why } = await device.publish('probe-1', [{ time: last }]);
		if (reason !== 0) throw new Error(`the reading was not taken: ${why}`);
		device.wire.socket.destroy();
		// Due after 10 s, and noticed 10 s later at most; as long again for a busy machine, and half of what is patience without a policy.
		for (;;) {
			const { streams } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
			const presence = streams.find(({ stream }) => stream === 'dose-rate')?.presence;
			if (presence === 'silent') return { succeeded: false, saw: 'the stream is shown as silent', refusal: 'silent' };
			if (Date.now() - last > 40_000) break;
			await sleep(500);
		}
		return { succeeded: true, saw: 'the theft was not noticed after 40 s', refusal: null };
	},
});
