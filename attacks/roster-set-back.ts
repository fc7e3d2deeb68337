import { setTimeout as sleep } from 'node:timers/promises';
import { days, seconds } from '@keyward/core';
import { ownSite } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';
import { agentOf, ownerTimeOf } from './harness/release.ts';

export default attack({
	title:
		'who runs the service withholds the next roster, and tells the device an old time, so that the one in force never ends',
	requirements: ['roster-age'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/agent/roster/owner-time.ts',
				find: 'now: () => Math.max(clock(), reached())',
				replace: 'now: clock',
			},
		],
		because: 'the check is at the device, which reads no policy',
	},
	refusal: 'roster-stale',
	run: async ({ site, source, signal }) => {
		const { openIdentity, refreshRosterOf, rosterOf } = await agentOf(source);
		const owner = await ownSite(site);
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		const roster = (await owner.publish({}, seconds(8))).rosters.get('hall')?.roster;
		if (roster === undefined) throw new Error('there is no roster');
		const device = await openIdentity(identity.folder);
		let told = Date.now();
		const time = await ownerTimeOf(source, device, () => told);
		const first = await refreshRosterOf(device, time.now());
		if (first?.state !== 'current') throw new Error('the roster did not reach the device');
		await time.took(first.roster.issued);
		// From now on it is a year ago.
		told -= days(365);
		await sleep(Math.max(0, roster.expires - Date.now()) + 1000, undefined, { signal });
		const last = await rosterOf(device, time.now());
		const succeeded = last?.state === 'current';
		return {
			succeeded,
			saw: succeeded ? 'the device seals by a roster that has ended' : 'the roster has ended for the device as well',
			refusal: succeeded ? null : 'roster-stale',
		};
	},
});
