import { days } from '@keyward/core';
import { attack } from './harness/attack.ts';
import { attempt, followedBy } from './harness/release.ts';

export default attack({
	title:
		'who stands between shows a device the releases of two days ago again and again, so that it never hears of the fix',
	requirements: ['firmware-signed'],
	attacker: 'network',
	quick: true,
	site: null,
	off: {
		patch: [
			{
				file: 'packages/owner/follow/follow.ts',
				find: "'referenceTime', new Date(now))",
				replace: "'referenceTime', new Date(0))",
			},
		],
		because: 'the check is at the device, which reads no policy',
	},
	refusal: 'roster-stale',
	run: (tools) =>
		attempt('the device takes what it is shown for the state of today', async () => {
			return (await followedBy(tools, () => (_path, truth) => truth, { later: days(2) })) !== null;
		}),
});
