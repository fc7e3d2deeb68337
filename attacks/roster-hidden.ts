import { days, Problem } from '@keyward/core';
import { filesAfter, prepareRoster, readRepository } from '@keyward/owner';
import { makeOwner, rosterText, withRoster } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';
import { ownerOf } from './harness/owner-source.ts';
import { SealedHall } from './harness/sealed.ts';

export default attack({
	title:
		'who prepares a change for the owner’s signers puts a second, later roster into it, with a reader of his, which no signer is shown',
	requirements: ['explicit-readers'],
	attacker: 'operator',
	off: {
		patch: [
			{ file: 'packages/owner/repository/change.ts', find: 'requireOneForm(change.base, change.files);', replace: '' },
		],
		because: 'a signer checks what it signs whatever the policy says',
	},
	site: null,
	refusal: 'roster-refused',
	run: async ({ source }) => {
		const { signChange } = await ownerOf(source);
		const now = Date.now();
		const { keys, repository } = await makeOwner(now);
		const two = keys.slice(0, 2);
		const first = await withRoster(repository, rosterText(1, now, days(1)), two);
		const shown = prepareRoster(first, 'hall', rosterText(2, now, days(1)));
		const second = await withRoster(first, rosterText(2, now, days(1)), two);
		const hidden = prepareRoster(second, 'hall', rosterText(3, now, days(1), new SealedHall().members()));
		let change: Parameters<typeof signChange>[0] = { base: first.files, files: { ...shown, ...hidden } };
		try {
			for (const key of two) change = await signChange(change, key);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return { succeeded: false, saw: error.message, refusal: error.code };
		}
		const { rosters } = readRepository(filesAfter(change), repository.pin);
		const readers = [...(rosters.get('hall')?.roster.readers.keys() ?? [])];
		return { succeeded: readers.includes('desk'), saw: `signed by two: ${readers.join(', ')} may read`, refusal: null };
	},
});
