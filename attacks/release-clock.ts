import { setTimeout as sleep } from 'node:timers/promises';
import { days, hours, seconds } from '@keyward/core';
import { prepareRelease, readRepository } from '@keyward/owner';
import { ownSite, rosterText, signedBy, withRoster } from '@keyward/testing/owner/owner';
import { releaseFolder } from '@keyward/testing/owner/releases';
import { tarRelease } from '@keyward/testing/owner/tar-release';
import { attack } from './harness/attack.ts';
import { agentOf, attempt } from './harness/release.ts';
import { takesUpdates } from './harness/update.ts';

export default attack({
	title: "who sets a device's clock back has it install a release whose signature has ended",
	requirements: ['rollback-refused'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/update/security-floor.ts',
				find: 'Math.max(floor.time, clock)',
				replace: 'Math.max(0, clock)',
			},
		],
		because: 'the check is at the device, which reads no policy',
	},
	refusal: 'roster-stale',
	run: async ({ site, folder, source, signal }) => {
		const { openIdentity, openUpdater, refreshRosterOf } = await agentOf(source);
		const owner = await ownSite(site);
		const signers = owner.keys.slice(0, 2);
		const base = owner.repository();
		const made = await tarRelease(folder, '1.0.0', { securityFloor: 1 });
		const expires = Date.now() + seconds(8);
		const files = prepareRelease(base, made.contents, { expires, keep: 8 });
		const signed = await signedBy({ base: base.files, files }, signers);
		const stick = await releaseFolder(folder, made, { base: base.files, files: signed });
		await site.ask('release.publish', { folder: stick });
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		await takesUpdates(identity.folder);
		await sleep(Math.max(0, expires - Date.now()) + 1000, undefined, { signal });
		// The owner dates a roster after that, and the device takes it.
		const text = rosterText(1, Date.now(), days(1));
		const next = await withRoster(readRepository(signed, base.pin), text, signers);
		await site.ask('owner.publish', { files: next.files });
		await refreshRosterOf(await openIdentity(identity.folder), Date.now());
		return attempt('the device installs what has ended', async () => {
			using updater = await openUpdater(await openIdentity(identity.folder));
			const path = 'releases/hall/probe/1.0.0/image';
			return (await updater?.install(path, Date.now() - hours(1)))?.state === 'installed';
		});
	},
});
