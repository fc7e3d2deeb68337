import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Service } from '@keyward/service';
import { Problem } from '@keyward/core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'packages/cli/main.ts');
const geiger = join(root, 'examples/reactor-hall/geiger-007-2012-06-08.csv');
const weather = join(
	dirname(createRequire(import.meta.url).resolve('vega-datasets')),
	'../data/seattle-weather-hourly-normals.csv',
);

/** A device of the demonstration: its own process, over the real protocols. */
interface DemoDevice {
	readonly application: string;
	readonly id: string;
	/** What `keyward device run` is told of its source. */
	readonly source: readonly string[];
}

const probe = (id: string): DemoDevice => ({
	application: 'reactor-hall',
	id,
	// Geiger figures of a drive, 5 s apart; 334 counts per minute of this tube are 1 µSv/h.
	source: [
		...['--source', 'csv', '--file', geiger, '--time-column', 'time', '--where', 'validity=A'],
		...['--map', 'dose-rate=counts_per_minute', '--scale', 'dose-rate=1e-6/334', '--unit', 'dose-rate=Sv/h'],
		...['--map', 'count-rate=counts_per_minute', '--unit', 'count-rate=1/min'],
		...['--times', 'now', '--every', '5s', '--repeat'],
	],
});

const station = (id: string): DemoDevice => ({
	application: 'weather-station',
	id,
	// Hourly normals, an hour shown every two seconds.
	source: [
		...['--source', 'csv', '--file', weather, '--time-column', 'date'],
		...[
			'--map',
			'pressure=pressure',
			'--unit',
			'pressure=hPa',
			'--map',
			'temperature=temperature',
			'--unit',
			'temperature=Cel',
		],
		...['--map', 'wind=wind', '--unit', 'wind=m/s', '--times', 'now', '--every', '2s', '--repeat'],
	],
});

const devices: readonly DemoDevice[] = [probe('gamma-1'), probe('gamma-2'), station('roof-north'), station('harbour')];

const readers = [
	{ application: 'reactor-hall', id: 'safety-desk', streams: ['dose-rate', 'count-rate'], purpose: 'radiation safety' },
	{
		application: 'weather-station',
		id: 'public-board',
		streams: ['temperature', 'pressure', 'wind'],
		purpose: 'public display',
	},
] as const;

export const deviceFolder = (data: string, id: string): string => join(data, 'fleet', id);
export const readerFolder = (data: string, id: string): string => join(data, 'readers', id);

/** Commissions whatever is not commissioned yet, each through the command that a person would use. Gives what was made. */
export const commissionFleet = async (
	service: Service,
	data: string,
	say: (line: string) => void,
): Promise<string[]> => {
	const made: string[] = [];
	const operator = { kind: 'operator' } as const;
	await mkdir(join(data, 'fleet'), { recursive: true, mode: 0o700 });
	await mkdir(join(data, 'readers'), { recursive: true, mode: 0o700 });
	await Promise.all(
		devices.map(async ({ application, id }) => {
			if (existsSync(join(deviceFolder(data, id), 'certificate.pem'))) return;
			const { commissioning } = await service.answers['device.expect']({ application, device: id }, operator);
			await commission('device', deviceFolder(data, id), commissioning);
			made.push(`device ${id} of ${application}`);
			say(`  commissioned ${application}/${id}`);
		}),
	);
	for (const { application, id, streams, purpose } of readers) {
		if (existsSync(join(readerFolder(data, id), 'certificate.pem'))) continue;
		const { commissioning } = await service.answers['reader.expect']({ application, reader: id }, operator);
		await commission('reader', readerFolder(data, id), commissioning);
		for (const stream of streams) {
			await service.answers['grant.add']({ application, reader: id, device: '*', stream, purpose }, operator);
		}
		made.push(`reader ${id} of ${application}`);
		say(`  commissioned reader ${application}/${id} and granted it ${streams.join(', ')}`);
	}
	return made;
};

/** The string goes in by standard input: on a command line everybody on this machine could read it. */
const commission = async (kind: 'device' | 'reader', folder: string, commissioning: string): Promise<void> => {
	const child = spawn(process.execPath, [cli, kind, 'commission', '--folder', folder, '--json'], {
		stdio: ['pipe', 'ignore', 'pipe'],
	});
	let complaint = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
	child.stdin.end(`${commissioning}\n`);
	const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
	if (code !== 0) throw new Problem('site-configuration', `${folder} could not be commissioned: ${complaint.trim()}`);
};

/** Runs every device as a process of its own; one that ends is started again after a while. */
export const runFleet = (data: string, say: (line: string) => void): { stop(): Promise<void> } => {
	const running = new Map<string, ChildProcess>();
	let stopping = false;
	const start = (device: DemoDevice): void => {
		const { id, source } = device;
		const child = spawn(
			process.execPath,
			[cli, 'device', 'run', '--folder', deviceFolder(data, id), ...source, '--json'],
			{
				stdio: ['ignore', 'ignore', 'pipe'],
			},
		);
		running.set(id, child);
		child.stderr.setEncoding('utf8').on('data', (text: string) => say(`  ${id}: ${text.trim()}`));
		child.once('close', (code) => {
			running.delete(id);
			if (stopping) return;
			say(`  ${id} ended with code ${code}; it starts again in 5 s`);
			setTimeout(() => {
				if (!stopping) start(device);
			}, 5000).unref();
		});
	};
	for (const device of devices) start(device);
	return {
		stop: async () => {
			stopping = true;
			const children = [...running.values()];
			for (const child of children) child.kill('SIGTERM');
			await Promise.all(children.map((child) => new Promise((resolve) => child.once('close', resolve))));
		},
	};
};
