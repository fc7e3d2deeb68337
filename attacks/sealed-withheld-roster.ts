import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownSite } from '@keyward/testing/owner/owner';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a service withholds every roster from a device, so that it knows of no stream that is to be sealed',
	requirements: ['sealed-readings'],
	attacker: 'service',
	off: {
		patch: [
			{
				file: 'packages/agent/seal/sealer.ts',
				find: 'const unknown = newestRoster(this.#roster) === null || ',
				replace: 'const unknown = ',
			},
		],
		because: 'the device seals by what its owner signed, and reads no policy',
	},
	refusal: /held/,
	run: async ({ site, cli, signal }) => {
		// The owner is pinned when the device is commissioned; no roster is ever served.
		await ownSite(site);
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		const words = ['device', 'run', '--folder', identity.folder, '--source', 'stdin', '--stream', 'dose-rate'];
		const agent = cli.start([...words, '--unit', 'dose-rate=Sv/h', '--probe-after', 'never', '--json']);
		const ended = once(agent, 'exit');
		let said = '';
		agent.stdout?.on('data', (bytes: Buffer) => void (said += bytes.toString()));
		agent.stderr?.on('data', (bytes: Buffer) => void (said += bytes.toString()));
		agent.stdin?.write('1e-7\n');
		for (;;) {
			if (signal.aborted || agent.exitCode !== null) throw new Error(`the agent said no more than: ${said}`);
			const { streams } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
			const came = streams.some(({ stream, newest }) => stream === 'dose-rate' && newest !== null);
			// Connected, and said more than once since that the reading waits.
			const held = (said.split('"state":"connected"')[1]?.match(/"waiting":1/g) ?? []).length > 1;
			if (came || held) {
				agent.kill('SIGTERM');
				await ended;
				const saw = came ? 'the reading came in the open' : 'the reading waits on the device';
				return { succeeded: came, saw, refusal: came ? null : 'held' };
			}
			await sleep(100);
		}
	},
});
