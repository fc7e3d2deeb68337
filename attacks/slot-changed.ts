import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownSite } from '@keyward/testing/owner/owner';
import { releasesOf } from '@keyward/testing/owner/releases';
import { tarRelease } from '@keyward/testing/owner/tar-release';
import { attack } from './harness/attack.ts';
import { confirmUpdate, installUpdate, takesUpdates } from './harness/update.ts';

// EDR 3.14: without a TPM the device's own updater is all that looks; it sees who changes the slot and not the updater.
export default attack({
	title: 'who can write to the slot of a device puts another program beside those that its owner signed',
	requirements: ['boot-verified'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/agent/update/installer/directory.ts',
				find: '!entry.isDirectory() && !signed.has(name)',
				replace: "name === '' && !signed.has(name)",
			},
		],
		because: 'the check is at the device, which reads no policy',
	},
	refusal: 'boot-log-mismatch',
	run: async ({ site, cli, folder }) => {
		const owner = await ownSite(site);
		await releasesOf(site, owner, folder).publish(await tarRelease(folder, '1.0.0', { securityFloor: 1 }));
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		const slots = await takesUpdates(identity.folder);
		const good = await installUpdate(cli, identity.folder, '1.0.0');
		if (good.state !== 'installed') throw new Error(`release 1.0.0 was not installed: ${good.said}`);
		await confirmUpdate(cli, identity.folder);
		const verify = () => cli(['device', 'update', 'verify', '--folder', identity.folder, '--json']);
		const before = await verify();
		if (!before.stdout.includes('authentic')) throw new Error(`the slot is not taken for good: ${before.stdout}`);
		await writeFile(join(slots, 'current', 'bin', 'back-door'), '#!/bin/sh\n', { mode: 0o755 });
		const { code, stdout, stderr } = await verify();
		const succeeded = stdout.includes('authentic');
		return {
			succeeded,
			saw: succeeded ? 'the slot is taken for what the owner signed' : `${stdout}${stderr}`.trim(),
			refusal: code,
		};
	},
});
