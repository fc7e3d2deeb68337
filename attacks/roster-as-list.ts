import { days, Problem } from '@keyward/core';
import { publishFiles } from '@keyward/owner';
import { makeEphemeralKey } from '@keyward/custody';
import { makeOwner, rosterText, servedAsList, withRoster } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';
import { ownerOf } from './harness/owner-source.ts';

export default attack({
	title:
		'who runs the service serves an old roster as the list of rosters, under a version that the list has not reached, so that a reader who was taken off is on again',
	requirements: ['roster-age'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/owner/follow/follow.ts',
				find: "requireRoleList((trusted as Trusted).getRole('targets')?.signed ?? { targets: {} });",
				replace: '',
			},
			{
				file: 'packages/owner/follow/roster.ts',
				find: 'number <= last.roster.number',
				replace: 'number < 0',
			},
		],
		because: 'what a device believes of its owner is no parameter',
	},
	site: null,
	refusal: 'roster-refused',
	run: async ({ source, folder }) => {
		const { refreshRoster } = await ownerOf(source);
		const now = Date.now();
		const online = makeEphemeralKey();
		const { keys, repository } = await makeOwner(now, online.publicKey);
		let newest = repository;
		for (let number = 1; number <= 4; number++)
			newest = await withRoster(newest, rosterText(number, now, days(1)), keys.slice(0, 2));
		let files = await publishFiles(newest, online, now);
		const refresh = async (): Promise<number> => {
			const following = { folder, owner: newest.pin, application: 'hall' };
			const fetch = async (name: string): Promise<Uint8Array | null> => {
				const text = files[name.startsWith('metadata/') ? name.slice('metadata/'.length) : name];
				return text === undefined ? null : Buffer.from(text);
			};
			const state = await refreshRoster(following, fetch, now);
			return state.state === 'current' ? state.roster.number : 0;
		};
		if ((await refresh()) !== 4) throw new Error('the device did not take roster 4');
		const served = servedAsList(newest, 'hall', 3);
		files = { ...newest.files, ...(await publishFiles(served, online, now + 60_000, files)) };
		try {
			const number = await refresh();
			return { succeeded: number === 3, saw: `the device acts on roster ${number} again`, refusal: null };
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return { succeeded: false, saw: error.message, refusal: error.code };
		}
	},
});
