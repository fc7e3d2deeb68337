import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { attack } from './harness/attack.ts';

/** Resolves when the agent says so. */
const saidBy = (agent: ChildProcess, event: string): Promise<void> =>
	new Promise((resolve, reject) => {
		if (agent.stdout === null) throw new Error('the agent has no output');
		let last = '';
		agent.stderr?.on('data', (bytes: Buffer) => void (last = bytes.toString()));
		createInterface({ input: agent.stdout }).on('line', (line) => {
			last = line;
			if ((JSON.parse(line) as { readonly event: string }).event === event) resolve();
		});
		agent.once('exit', () => reject(new Error(`the agent ended, and said last: ${last}`)));
	});

// EDR 3.11 RE(1): who cuts the line first, opens the case, and cuts the power, must not have opened it unseen.
export default attack({
	title: 'a thief cuts the line, opens the case, cuts the power, and puts everything back',
	requirements: ['tamper-noticed'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/agent/facts/tamper-watch.ts',
				find: 'new Set(await readLatch(file))',
				replace: 'new Set<string>()',
			},
		],
		because: 'the site cannot ask a device to remember; what is taken out is that the agent looks what it had not told',
	},
	refusal: /its case was opened: lid/,
	run: async ({ site, cli, folder }) => {
		const probe = await site.commissionDevice('hall', 'probe-1');
		const lid = join(folder, 'lid');
		const words = ['device', 'run', '--folder', probe.identity.folder, '--source', 'stdin', '--stream', 'dose-rate'];
		const more = ['--unit', 'dose-rate=Sv/h', '--probe-after', 'never', '--facts', 'program', '--json'];
		const start = (): ChildProcess => cli.start([...words, ...more, '--tamper', `lid=${lid}`]);
		await writeFile(lid, '0\n');
		await site.kill();
		const first = start();
		const noticed = saidBy(first, 'tamper');
		await writeFile(lid, '1\n');
		await noticed;
		const ended = once(first, 'exit');
		first.kill('SIGKILL');
		await ended;
		await writeFile(lid, '0\n');
		await site.start();
		await saidBy(start(), 'facts');
		const [incident] = await site.ask('incident.list', { application: 'hall' });
		return {
			succeeded: incident === undefined,
			saw: incident === undefined ? 'the site heard nothing' : `incident ${incident.number}: ${incident.reason}`,
			refusal: incident?.reason ?? null,
		};
	},
});
