import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { attempt } from './harness/release.ts';

export default attack({
	title: 'a thief of one of three offline keys, of which two must sign, puts a release of his in force',
	requirements: ['firmware-signed'],
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
	run: async ({ site, folder }) => {
		const owner = await ownSite(site);
		return attempt('the release of the thief is served', async () => {
			const list = await releasesOf(site, owner, folder).publish(makeRelease('6.6.6'), 1);
			return list.some(({ release }) => release === '6.6.6');
		});
	},
});
