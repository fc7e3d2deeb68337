import { hallPolicy } from '@keyward/testing/service/site';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { attempt } from './harness/release.ts';

export default attack({
	title: 'a release that says nothing of what it is made of goes out, so that no advisory finds it',
	requirements: ['bill-of-materials'],
	attacker: 'manufacturer',
	site: { policies: [hallPolicy.replace('adaptability: 0', 'adaptability: 2')] },
	off: { requirements: ['bill-of-materials'] },
	refusal: 'bill-of-materials',
	run: async ({ site, folder }) => {
		const owner = await ownSite(site);
		return attempt('a release without its bill is served', async () => {
			const list = await releasesOf(site, owner, folder).publish(makeRelease('2.0.0'));
			return list.some(({ release }) => release === '2.0.0');
		});
	},
});
