import { makeEphemeralKey } from '@keyward/custody';
import { publishFiles } from '@keyward/owner';
import { makeOwner } from '@keyward/testing/owner/owner';
import { makeRelease, withRelease } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { attempt, followOf } from './harness/release.ts';

export default attack({
	title: 'a mirror answers a device that asks for its releases with data that does not end',
	requirements: ['firmware-signed'],
	attacker: 'network',
	quick: true,
	site: null,
	off: {
		patch: [
			{
				file: 'packages/owner/follow/fetcher.ts',
				find: 'bytes !== null && bytes.length > limit',
				replace: 'bytes !== null && bytes.length < 0',
			},
		],
		because: 'the check is at the device, which reads no policy',
	},
	refusal: 'packet-too-large',
	run: async ({ folder, source }) => {
		const { followRelease } = await followOf(source);
		const now = Date.now();
		const online = makeEphemeralKey();
		const { keys, repository } = await makeOwner(now, online.publicKey);
		const old = await withRelease(repository, makeRelease('1.0.0'), keys.slice(0, 2), now);
		const files = await publishFiles(old, online, now);
		const following = { folder, owner: repository.pin, application: 'hall' };
		return attempt('the device holds all of it in memory, and takes it', async () => {
			const found = await followRelease(
				following,
				'releases/hall/probe/1.0.0/image',
				async (path) => {
					const text = files[path.slice('metadata/'.length)];
					// JSON may end in any number of spaces.
					if (text !== undefined) return Buffer.from(path.includes('releases') ? text.padEnd(8_000_000) : text);
					return null;
				},
				now,
			);
			return found !== null;
		});
	},
});
