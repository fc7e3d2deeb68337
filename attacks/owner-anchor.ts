import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownSite } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';
import { showRoster } from './harness/roster.ts';

export default attack({
	title: "who runs the service puts an owner of his in the true one's place, for devices that are out in the field",
	requirements: ['owner-anchor'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/owner/follow/follow.ts',
				find: "if (hash('sha256', first) !== owner) {",
				replace: "if (owner === '') {",
			},
		],
		because: 'the check is at the device, which reads no policy; every level asks it',
	},
	refusal: 'owner-not-trusted',
	run: async ({ site, cli }) => {
		await (await ownSite(site)).publish();
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		await site.restart((data) => rm(join(data, 'owner/current.json')));
		const impostor = await ownSite(site);
		await impostor.publish();
		const { number, code, said } = await showRoster(cli, identity.folder);
		return {
			succeeded: number === 1,
			saw: number === 1 ? "the device acts on the impostor's roster" : said,
			refusal: code,
		};
	},
});
