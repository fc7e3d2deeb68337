import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releaseFolder, withRelease } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { attempt } from './harness/release.ts';

export default attack({
	title: 'who carries the stick puts an image of his, as long as the true one, in the place of the one that was signed',
	requirements: ['firmware-signed'],
	attacker: 'operator',
	off: {
		patch: [
			{
				file: 'packages/service/owner/release-files.ts',
				find: "if (left !== 0 || hash.digest('hex') !== sha256)",
				replace: 'if (left !== 0)',
			},
		],
		because: 'that contents are what was signed is no parameter',
	},
	refusal: 'release-refused',
	run: async ({ site, folder }) => {
		const owner = await ownSite(site);
		const base = owner.repository();
		const made = makeRelease('2.0.0');
		const { files } = await withRelease(base, made, owner.keys.slice(0, 2), Date.now());
		const stick = await releaseFolder(folder, made, { base: base.files, files });
		const { length, sha256 } = made.contents.image;
		await writeFile(join(stick, 'targets', sha256), Buffer.alloc(length, 0x66));
		return attempt('the image of the thief is served under the name of the true one', async () => {
			const list = await site.ask('release.publish', { folder: stick });
			const path = `targets/releases/hall/probe/2.0.0/${sha256}.image`;
			const device = await site.commissionDevice('hall', 'probe-1');
			const { text } = await site.https({ path: `/v1/owner/${path}`, as: device });
			return list.length === 1 && text.startsWith('fff');
		});
	},
});
