import { attack } from './harness/attack.ts';
import { joinSite } from './harness/passkey.ts';

export default attack({
	title: 'a person who may only look makes themselves an owner',
	requirements: ['deny-by-default'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/authorize.ts',
				find: "rule.kind === 'person' && rule.role === person.role",
				replace: "rule.kind === 'person'",
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'not-granted',
	run: async ({ site }) => {
		const eve = await joinSite(site, 'eve', 'auditor');
		const { status, text, code } = await eve.call('person.role', { person: 'eve', role: 'owner' });
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 200)}`, refusal: code };
	},
});
