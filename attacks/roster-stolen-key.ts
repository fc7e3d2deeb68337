import { days, Problem } from '@keyward/core';
import { filesAfter, prepareRoster, signChange } from '@keyward/owner';
import { ownSite, rosterText } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a thief of one of three signing keys, of which two must sign, puts a roster of his in force',
	requirements: ['explicit-readers'],
	attacker: 'operator',
	off: {
		patch: [
			{
				file: 'packages/owner/repository/verify.ts',
				find: 'by.verifyDelegate(role, metadata);',
				replace: "if (role === 'root') by.verifyDelegate(role, metadata);",
			},
		],
		because: 'the threshold is in what the owner signed, not in the policy',
	},
	refusal: 'roster-refused',
	run: async ({ site }) => {
		const owner = await ownSite(site);
		const now = (await owner.publish()).files;
		const [stolen] = owner.keys;
		if (stolen === undefined) throw new Error('the owner has no key');
		const text = rosterText(2, Date.now(), days(1));
		const change = await signChange({ base: now, files: prepareRoster(owner.repository(), 'hall', text) }, stolen);
		try {
			const { rosters } = await site.ask('owner.publish', { files: filesAfter(change) });
			const number = rosters[0]?.number;
			return { succeeded: number === 2, saw: `roster ${number} is in force`, refusal: null };
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return { succeeded: false, saw: error.message, refusal: error.code };
		}
	},
});
