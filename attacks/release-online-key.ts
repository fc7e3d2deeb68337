import { makeEphemeralKey } from '@keyward/custody';
import { publishFiles } from '@keyward/owner';
import { makeOwner } from '@keyward/testing/owner/owner';
import { makeRelease, withRelease } from '@keyward/testing/owner/releases';
import { attack } from './harness/attack.ts';
import { attempt, followOf } from './harness/release.ts';

// TUF 1.0.31 §5.5.5: with the online key a snapshot can be signed, and none that goes back behind what the device has verified.
export default attack({
	title:
		"a thief of the service's online key signs a new snapshot of the releases of before, to bring back one that was withdrawn",
	requirements: ['firmware-signed'],
	attacker: 'service',
	site: null,
	off: {
		patch: [
			{
				file: 'packages/owner/follow/release.ts',
				find: "file.endsWith('.json') && file !== 'roster.json'",
				replace: "file === 'root.json'",
			},
		],
		because: 'what a device remembers is no parameter',
	},
	refusal: 'roster-refused',
	run: async ({ folder, source }) => {
		const { followRelease } = await followOf(source);
		const now = Date.now();
		const online = makeEphemeralKey();
		const { keys, repository } = await makeOwner(now, online.publicKey);
		const signers = keys.slice(0, 2);
		const first = await withRelease(repository, makeRelease('1.0.0'), signers, now);
		const second = await withRelease(first, makeRelease('2.0.0'), signers, now, 1);
		const old = await publishFiles(first, online, now);
		const current = await publishFiles(second, online, now, old);
		const back = await publishFiles(first, online, now, current);
		const following = { folder, owner: repository.pin, application: 'hall' };
		const follow = (version: string, files: typeof old) =>
			followRelease(
				following,
				`releases/hall/probe/${version}/image`,
				async (path) => {
					const text = files[path.slice('metadata/'.length)];
					return text === undefined ? null : Buffer.from(text);
				},
				now,
			);
		await follow('2.0.0', current);
		return attempt('the device takes the release that was withdrawn for one in force', async () => {
			return (await follow('1.0.0', back)) !== null;
		});
	},
});
