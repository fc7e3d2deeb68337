import { ownSite } from '@keyward/testing/owner/owner';
import { releasesOf } from '@keyward/testing/owner/releases';
import { tarRelease } from '@keyward/testing/owner/tar-release';
import { attack } from './harness/attack.ts';
import { confirmUpdate, installUpdate, takesUpdates } from './harness/update.ts';

export default attack({
	title: 'who runs the service has a device install an older release, truly signed, whose flaw was mended since',
	requirements: ['rollback-refused'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/core/update/security-floor.ts',
				find: 'candidate >= floor.release',
				replace: 'candidate >= 0',
			},
		],
		because: 'the check is at the device, which reads no policy',
	},
	refusal: 'release-below-floor',
	run: async ({ site, cli, folder }) => {
		const owner = await ownSite(site);
		const { publish } = releasesOf(site, owner, folder);
		await publish(await tarRelease(folder, '1.0.0', { securityFloor: 1 }));
		await publish(await tarRelease(folder, '2.0.0', { securityFloor: 2 }));
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		await takesUpdates(identity.folder);
		const good = await installUpdate(cli, identity.folder, '2.0.0');
		if (good.state !== 'installed') throw new Error(`release 2.0.0 was not installed: ${good.said}`);
		await confirmUpdate(cli, identity.folder);
		const { state, code, said } = await installUpdate(cli, identity.folder, '1.0.0');
		const succeeded = state === 'installed';
		return { succeeded, saw: succeeded ? 'release 1.0.0, with its flaw, starts next' : said, refusal: code };
	},
});
