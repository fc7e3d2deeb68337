import { setTimeout as sleep } from 'node:timers/promises';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

const policy = hallPolicy.replace('range: [0, 10]', 'range: [0, 10], essential: true');

export default attack({
	title: 'somebody keeps a sensor from renewing until its certificate ends, so that its essential readings are lost',
	requirements: ['essential-function'],
	attacker: 'network',
	off: { requirements: ['essential-function'] },
	site: { policies: [`${policy}tighten: { certificate-lifetime: 3s }\n`] },
	refusal: 'essential',
	run: async ({ site }) => {
		const probe = await site.commissionDevice('hall', 'probe-1');
		// Past its end in OpenSSL's whole seconds, too.
		while (Date.now() <= probe.identity.leaf.notAfter + 1000) await sleep(100);
		const session = await site.session(probe);
		const { reason, why } = session.connack;
		if (reason !== 0) return { succeeded: true, saw: `CONNACK 0x${reason.toString(16)} ${why}`, refusal: null };
		const essential = await session.publish('probe-1', [{ time: Date.now() }]);
		if (essential.reason !== 0) return { succeeded: true, saw: essential.why, refusal: essential.code };
		const other = await session.publish('probe-1', [{ name: 'probe-1/state', unit: '/', time: Date.now() }], {
			stream: 'state',
		});
		const { counters } = await site.ask('site.status', {});
		const marked = counters['reading-doubt-essential'] ?? 0;
		if (other.code !== 'certificate-expired' || marked !== 1) {
			const saw = `${marked} readings are marked, and another stream got ${other.code ?? 'in'}`;
			return { succeeded: true, saw, refusal: null };
		}
		return {
			succeeded: false,
			saw: 'the reading is stored and marked; another stream is refused',
			refusal: 'essential',
		};
	},
});
