import { attack } from './harness/attack.ts';
import { attempt, followedBy, type Mirror } from './harness/release.ts';

export default attack({
	title: 'a mirror answers a device that asks for its releases with data that does not end',
	requirements: ['firmware-signed'],
	attacker: 'network',
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
	run: (tools) =>
		attempt('the device holds all of it in memory, and takes it', async () => {
			// JSON may end in any number of spaces.
			const endless: Mirror = (path, truth) => (path.includes('releases') ? truth?.padEnd(8_000_000) : truth);
			return (await followedBy(tools, () => endless)) !== null;
		}),
});
