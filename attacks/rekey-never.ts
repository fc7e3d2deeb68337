import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { weaknessOf } from './harness/rolled-out.ts';

// IEC 62443-4-2 CR 1.5: that keys can be changed in the field is shown by keys that were, not by one that is new.
export default attack({
	title: 'a device that never took another key passes for one whose keys can be changed, because its first one is new',
	requirements: ['key-agility'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/service/agility/key-history.ts',
				find: 'changed: lastKeyChange(uses),',
				replace: 'changed: lastKeyChange(uses) ?? issuedAt(oldest),',
			},
		],
		because: 'the parameter says how old a change may be; that commissioning does not count as one holds always',
	},
	site: { policies: [hallPolicy.replace('adaptability: 0', 'adaptability: 3')] },
	refusal: /its key and its CA were never changed/,
	run: async ({ site }) => {
		await site.commissionDevice('hall', 'probe-1');
		await site.ask('agility.start', { application: 'hall', over: 0 });
		const refusal = await weaknessOf(site, 'key-agility', 3);
		return { succeeded: refusal === null, saw: `key-agility: ${refusal ?? 'held'}`, refusal };
	},
});
