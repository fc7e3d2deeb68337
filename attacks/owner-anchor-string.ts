import { join } from 'node:path';
import { ownSite } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'who runs the service names an owner of his in the commissioning string of a new device',
	requirements: ['owner-anchor'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/agent/enrolment/commission.ts',
				find: 'if (named !== null && named !== brought) {',
				replace: "if (named === '') {",
			},
			{ file: 'packages/agent/enrolment/commission.ts', find: '\treturn brought;', replace: '\treturn named;' },
		],
		because: 'the check is at the device, which reads no policy; every level asks it',
	},
	refusal: 'owner-not-trusted',
	run: async ({ site, cli, folder }) => {
		const impostor = await ownSite(site);
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const words = ['device', 'commission', '--folder', join(folder, 'device'), '--allow-plain-key', '--json'];
		// What the true owner printed on his own machine, and the commissioner was given.
		const { code, stdout, stderr } = await cli([...words, '--owner', 'f0'.repeat(32)], { input: commissioning });
		const pinned = stdout === '' ? null : (JSON.parse(stdout) as { owner: string }).owner;
		return {
			succeeded: pinned === impostor.pin,
			saw: pinned === null ? stderr.trim() : `the device pinned ${pinned}`,
			refusal: code,
		};
	},
});
