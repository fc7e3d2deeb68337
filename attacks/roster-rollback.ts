import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownSite } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';
import { showRoster } from './harness/roster.ts';

export default attack({
	title:
		'who runs the service goes back to an older roster, with a new date by its own key, so that a reader who was taken off is on again',
	requirements: ['roster-age'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/owner/follow/roster.ts',
				find: "if (file.endsWith('.json') && file !== CONTENTS)",
				replace: "if (file === 'root.json')",
			},
			{
				file: 'packages/owner/follow/roster.ts',
				find: 'number <= last.roster.number',
				replace: 'number < 0',
			},
		],
		because: 'what a device remembers is no parameter',
	},
	refusal: 'roster-refused',
	run: async ({ site, cli, folder }) => {
		const owner = await ownSite(site);
		await owner.publish();
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		const kept = join(folder, 'kept');
		await cp(join(site.folder, 'owner'), kept, { recursive: true });
		await owner.publish();
		const before = await showRoster(cli, identity.folder);
		if (before.number !== 2) throw new Error(`the device did not take roster 2: ${before.said}`);
		await site.restart(async (data) => {
			await rm(join(data, 'owner'), { recursive: true });
			await cp(kept, join(data, 'owner'), { recursive: true });
		});
		const { number, code, said } = await showRoster(cli, identity.folder);
		return { succeeded: number === 1, saw: number === 1 ? 'the device acts on roster 1 again' : said, refusal: code };
	},
});
