import { ownSite } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';

export default attack({
	title:
		'who runs the service shows a new reader no roster at all, and gives readings that no device has sealed or signed',
	requirements: ['owner-anchor'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/agent/roster/reader-trust.ts',
				find: 'if (roster === undefined)',
				replace: 'if (roster === undefined) return null;\n\t\tif (roster === undefined)',
			},
		],
		because: 'the check is at the reader, which reads no policy',
	},
	refusal: 'roster-stale',
	run: async ({ site, cli }) => {
		// The owner is there, and pinned by device and reader; what it signed of the application is not shown.
		await ownSite(site);
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const { identity } = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', 'probe-1', 'dose-rate');
		const { reason, why } = await device.publish('probe-1', [{ time: Date.now() }]);
		if (reason !== 0) throw new Error(`the reading was not taken: ${why}`);
		const read = await cli(['read', 'hall/probe-1/dose-rate', '--as', identity.folder, '--json']);
		const succeeded = read.stdout.includes('"value"');
		return {
			succeeded,
			saw: succeeded ? `shown as if nothing were amiss: ${read.stdout.trim()}` : read.stderr.trim(),
			refusal: read.code,
		};
	},
});
