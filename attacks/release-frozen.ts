import { days } from '@keyward/core';
import { makeEphemeralKey } from '@keyward/custody';
import { publishFiles } from '@keyward/owner';
import { makeOwner } from '@keyward/testing/owner/owner';
import { makeRelease, withRelease } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { attempt, followOf } from './harness/release.ts';

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
	run: async ({ folder, source }) => {
		const { followRelease } = await followOf(source);
		const now = Date.now();
		const online = makeEphemeralKey();
		const { keys, repository } = await makeOwner(now, online.publicKey);
		const old = await withRelease(repository, makeRelease('1.0.0'), keys.slice(0, 2), now);
		const files = await publishFiles(old, online, now);
		const following = { folder, owner: repository.pin, application: 'hall' };
		return attempt('the device takes what it is shown for the state of today', async () => {
			const found = await followRelease(
				following,
				'releases/hall/probe/1.0.0/image',
				async (path) => {
					const text = files[path.slice('metadata/'.length)];
					return text === undefined ? null : Buffer.from(text);
				},
				now + days(2),
			);
			return found !== null;
		});
	},
});
