import { attack } from './harness/attack.ts';
import { attempt, followedBy } from './harness/release.ts';

// TUF 1.0.31 §5.5.5, §5.6.4: metadata of different days, each truly signed, is a state that the owner never published.
export default attack({
	title: 'a mirror shows a device the releases of an earlier day under the snapshot of today, each truly signed',
	requirements: ['firmware-signed'],
	attacker: 'network',
	site: null,
	off: {
		patch: [
			{
				file: 'packages/owner/follow/follow.ts',
				find: 'await updater.refresh();',
				replace:
					"await updater.refresh(); for (const one of Object.values(Reflect.get(trusted.getRole('snapshot')?.signed ?? {}, 'meta') ?? {})) { Reflect.set(one as object, 'version', 1); Reflect.set(one as object, 'hashes', undefined); Reflect.set(one as object, 'length', undefined); }",
			},
		],
		because:
			'that what is shown belongs together is no parameter; the library compares, and the copy gives it nothing to compare with',
	},
	refusal: 'roster-refused',
	run: (tools) =>
		attempt('the device takes the releases of the earlier day for those of today', async () => {
			const mixed = await followedBy(
				tools,
				(before) => (path, truth) => {
					const role = Object.keys(before).find((name) => name.startsWith('1.releases'));
					return path.includes('releases') && role !== undefined ? before[role] : truth;
				},
				{ next: true },
			);
			return mixed !== null;
		}),
});
