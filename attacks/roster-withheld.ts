import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '@keyward/core';
import { ownSite } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';
import { showRoster } from './harness/roster.ts';

export default attack({
	title: 'who runs the service withholds the roster that takes a reader off, beyond the end of the one that has him',
	requirements: ['roster-age'],
	attacker: 'service',
	off: {
		patch: [
			{ file: 'packages/owner/follow/roster.ts', find: 'now < last.roster.expires', replace: 'now > 0' },
			{
				file: 'packages/owner/follow/follow.ts',
				find: "'referenceTime', new Date(now))",
				replace: "'referenceTime', new Date(0))",
			},
		],
		because: 'the check is at the device, which reads no policy',
	},
	refusal: 'roster-stale',
	run: async ({ site, cli, signal }) => {
		const owner = await ownSite(site);
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		const roster = (await owner.publish({}, seconds(8))).rosters.get('hall')?.roster;
		if (roster === undefined) throw new Error('there is no roster');
		// The next one is signed by now, and is not let through: the service stays as it is.
		await sleep(Math.max(0, roster.expires - Date.now()) + 50, undefined, { signal });
		const { number, code, said } = await showRoster(cli, identity.folder);
		return {
			succeeded: number === 1,
			saw: number === 1 ? 'the device acts on a roster that has ended' : said,
			refusal: code,
		};
	},
});
