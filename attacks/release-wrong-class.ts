import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ownSite } from '@keyward/testing/owner/owner';
import { releasesOf } from '@keyward/testing/owner/releases';
import { tarRelease } from '@keyward/testing/owner/tar-release';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { agentOf, attempt } from './harness/release.ts';
import { takesUpdates } from './harness/update.ts';

// IEC 62443-4-2 EDR 3.10: truly signed, and for other hardware, it would install and not start.
export default attack({
	title: 'who runs the service has a probe install what the owner signed for pumps, so that it starts no more',
	requirements: ['firmware-signed'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/update/release.ts',
				find: 'application === device.application && className === device.class',
				replace: 'application === device.application',
			},
		],
		because: 'the check is at the device, which reads no policy',
	},
	site: {
		policies: [hallPolicy.replace('devices:', 'devices:\n  pump: { custody: [software], streams: [dose-rate] }')],
	},
	refusal: 'release-other-device',
	run: async ({ site, folder, source }) => {
		const { openUpdater, openIdentity } = await agentOf(source);
		const owner = await ownSite(site);
		await releasesOf(site, owner, folder).publish(await tarRelease(folder, '2.0.0', { class: 'pump' }));
		const { identity } = await site.commissionDevice('hall', 'probe-1', 'probe');
		await mkdir(join(identity.folder, 'update'), { recursive: true });
		await takesUpdates(identity.folder);
		return attempt('the software of a pump starts next', async () => {
			using updater = await openUpdater(await openIdentity(identity.folder));
			const phase = await updater?.install('releases/hall/pump/2.0.0/image', Date.now());
			return phase?.state === 'installed';
		});
	},
});
