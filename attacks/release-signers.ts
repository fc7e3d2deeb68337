import { hallPolicy } from '@keyward/testing/service/site';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { attempt } from './harness/release.ts';

export default attack({
	title: 'two people who hold two of the keys put a release in force where the policy asks that three sign',
	requirements: ['firmware-signed'],
	attacker: 'operator',
	site: { policies: [hallPolicy.replace('integrity: 1', 'integrity: 4')] },
	off: { requirements: ['firmware-signed'] },
	refusal: 'release-signers',
	run: async ({ site, folder }) => {
		const owner = await ownSite(site);
		return attempt('a release that two signed is served', async () => {
			const list = await releasesOf(site, owner, folder).publish(makeRelease('2.0.0'));
			return list.some(({ release }) => release === '2.0.0');
		});
	},
});
