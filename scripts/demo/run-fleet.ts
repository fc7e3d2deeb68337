import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { RunEvent } from '@keyward/agent';
import type { ReaderFinding } from '@keyward/core/seal';
import { tied } from '@keyward/testing/tied-process';
import { cli, type DemoDevice, deviceFolder, readerFolder, readers } from './devices.ts';
import type { Fleet } from './fleet.ts';
import type { DemoTpm } from './tpm.ts';

/** Runs every device as a process, and every reader once there is something to read; one that ends is started again after a while. */
export const runFleet = (
	{ admitted }: Fleet,
	data: string,
	tpm: DemoTpm | null,
	say: (line: string) => void,
): { startReaders(): void; stop(): Promise<void> } => {
	const running = new Map<string, ChildProcess>();
	let stopping = false;
	const startDevice = ({ id, source, custody }: DemoDevice): void => {
		const boot = custody === 'tpm2' && tpm !== null ? ['--securityfs', tpm.securityfs] : [];
		// This machine has other work than to be a device.
		const how = [...source, ...boot, '--facts', 'program', '--probe-after', '2s', '--json'];
		start(id, ['device', 'run', '--folder', deviceFolder(data, id), ...how]);
	};
	const start = (id: string, words: readonly string[]): void => {
		const env = { ...process.env, ...tpm?.environment };
		const child = spawn(...tied('TERM', process.execPath, [cli, ...words]), { stdio: ['ignore', 'pipe', 'pipe'], env });
		running.set(id, child);
		createInterface({ input: child.stderr }).on('line', (line) => say(`  ${id}: ${sentenceIn(line)}`));
		let last: string | null = null;
		createInterface({ input: child.stdout }).on('line', (line) => {
			const trouble = troubleIn(line) ?? updateIn(line);
			if (trouble !== null && trouble !== last && !stopping) say(`  ${id}: ${trouble}`);
			last = trouble ?? last;
		});
		child.once('close', (code) => {
			running.delete(id);
			if (stopping) return;
			// An installed release is started by whatever starts the device, here as with systemd.
			const why = code === 0 ? 'ended, to start what it installed' : `ended with code ${code}`;
			say(`  ${id} ${why}; it starts again in 5 s`);
			setTimeout(() => {
				if (!stopping) start(id, words);
			}, 5000).unref();
		});
	};
	for (const device of admitted) startDevice(device);
	return {
		startReaders: () => {
			for (const { application, id, streams } of readers) {
				const names = admitted
					.filter((device) => device.application === application)
					.flatMap((device) => streams.map((stream) => `${application}/${device.id}/${stream}`));
				if (names.length > 0) start(id, ['read', ...names, '--as', readerFolder(data, id), '--follow', '--json']);
			}
		},
		stop: async () => {
			stopping = true;
			const children = [...running.values()];
			for (const child of children) child.kill('SIGTERM');
			await Promise.all(children.map((child) => new Promise((resolve) => child.once('close', resolve))));
		},
	};
};

/** What became of an update; null for each step on the way. */
const updateIn = (line: string): string | null => {
	const event = JSON.parse(line) as RunEvent;
	if (event.event !== 'update' || !['confirmed', 'fallen-back'].includes(event.state)) return null;
	return `release ${event.release} is ${event.state}${event.why === null ? '' : `: ${event.why}`}`;
};

/** A finding that a reader prints with `--json`, as it is said to a person; any other line as it is. */
const sentenceIn = (line: string): string => {
	if (!line.startsWith('{"finding":')) return line.trim();
	const { finding } = JSON.parse(line) as { readonly finding: ReaderFinding };
	return `${finding.detail} [${finding.code}]`;
};

/** What keeps a device from going on, of a line that `keyward device run --json` prints; null for all else. */
const troubleIn = (line: string): string | null => {
	const event = JSON.parse(line) as RunEvent;
	if (event.event === 'link') return 'why' in event.link ? event.link.why : null;
	return event.event === 'refused' || event.event === 'renewal-failed' ? `${event.detail} [${event.code}]` : null;
};
