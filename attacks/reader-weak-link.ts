import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

const hybrid = { port: 0, floor: 'tls1.3-pq' } as const;

export default attack({
	title: 'a reader of a policy that asks for hybrid key agreement reads over HTTPS that takes less',
	requirements: ['link-encryption'],
	attacker: 'network',
	off: { requirements: ['link-encryption'] },
	site: {
		policies: [`${hallPolicy}tighten: { link-encryption: tls1.3-pq }\n`],
		options: { httpsListeners: [hybrid], listeners: [hybrid] },
	},
	refusal: 'link-too-weak',
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const [, hybrid] = site.mqtt;
		const port = Number(new URL(hybrid?.url ?? '').port);
		const { publish } = await site.session(device, { tls: { port } });
		const { reason } = await publish('probe-1', [{ time: Date.now() }]);
		if (reason !== 0) throw new Error(`the reading was not taken: 0x${reason.toString(16)}`);
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		// The first HTTPS listener takes X25519 alone too: anyone who records this can read it when X25519 is broken.
		const { status, text, code } = await site.https({
			path: '/v1/readings/hall/probe-1/dose-rate',
			as: { tls: { ...reader.tls, ecdhCurve: 'X25519' } },
		});
		return { succeeded: status === 200 && text.includes('"cursor"'), saw: `${status} ${text}`, refusal: code };
	},
});
