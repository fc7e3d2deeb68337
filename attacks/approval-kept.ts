import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { joinSite } from './harness/passkey.ts';

export default attack({
	title: 'an owner uses an approval, has the power cut, and uses it again',
	requirements: ['dual-control'],
	attacker: 'operator',
	site: { policies: [`${hallPolicy}tighten: { dual-control: true }\n`] },
	off: {
		patch: [
			{
				file: 'packages/service/people/approvals.ts',
				find: 'if (over.length > 0) await store.dropApprovalRequests',
				replace: 'if (over.length > 999) await store.dropApprovalRequests',
			},
		],
		because: 'dual control is asked in both runs; how often an approval counts is no parameter',
	},
	refusal: 'approval-needed',
	run: async ({ site }) => {
		const anna = await joinSite(site, 'anna', 'owner');
		const change = { person: 'carl', role: 'owner' };
		// While nobody else is here who could approve, the machine's operator does.
		const asked = await anna.call('person.invite', change);
		const [waits] = (await site.ask('approval.list', {})).requests;
		if (waits === undefined) throw new Error(`nothing waits for a second person: ${asked.text}`);
		// An approval is given after a restart, too.
		await site.restart();
		await site.ask('approval.decide', { number: waits.number, approve: true });
		const used = await anna.call('person.invite', change);
		if (used.status !== 200) throw new Error(`the approval opens nothing: ${used.text}`);
		await site.kill();
		await site.start();
		const { status, text, code } = await anna.call('person.invite', change);
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 120)}`, refusal: code };
	},
});
