import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { joinSite } from './harness/passkey.ts';

export default attack({
	title: 'one owner alone makes a policy laxer, and approves it themselves',
	requirements: ['dual-control'],
	attacker: 'network',
	site: { policies: [`${hallPolicy}tighten: { dual-control: true }\n`] },
	off: { requirements: ['dual-control'] },
	refusal: 'approval-needed',
	run: async ({ site }) => {
		const anna = await joinSite(site, 'anna', 'owner');
		const change = { text: hallPolicy };
		const first = await anna.call('policy.apply', change);
		await anna.call('approval.decide', { number: 1, approve: true });
		const { status, text, code } = first.status === 200 ? first : await anna.call('policy.apply', change);
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 200)}`, refusal: code };
	},
});
