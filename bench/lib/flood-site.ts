import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commission } from '@keyward/agent/commission';
import { connectLocal } from '@keyward/client';
import type { Identity } from './target.ts';

// A site as `keyward serve` runs it, with devices, a reader and one opened device, all commissioned over EST.

const main = fileURLToPath(new URL('../../packages/cli/main.ts', import.meta.url));
export const application = 'bench';

const policy = `application: ${application}
level: { authenticity: 2, authorization: 2, integrity: 2, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: report
streams:
  temperature: { unit: Cel, every: 1s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [temperature] }
`;

/** A site that runs, and where it listens. */
export interface FloodSite {
	readonly pid: number;
	readonly https: number;
	readonly mqtt: number;
	/** Plain HTTP: CRL and OCSP. */
	readonly status: number;
	stop(): Promise<void>;
}

/** Everyone that a flood's site knows. */
export interface Cast {
	readonly ca: string;
	readonly devices: readonly Identity[];
	/** A device in the attacker's hands. */
	readonly opened: Identity;
	/** A reader with a grant of every stream, in the attacker's hands. */
	readonly reader: Identity;
}

const dataOf = (folder: string): string => join(folder, 'data');

export const operatorOf = (folder: string): ReturnType<typeof connectLocal> => connectLocal(dataOf(folder));

/** Starts the site of the folder; made when it is not there. */
export const startFloodSite = async (folder: string): Promise<FloodSite> => {
	const data = dataOf(folder);
	mkdirSync(data, { recursive: true, mode: 0o700 });
	writeFileSync(
		join(data, 'site.yaml'),
		'ports: { https: 0, http: 0, mqtt: [{ port: 0, floor: tls1.3 }] }\nlog-level: error\n',
	);
	const child: ChildProcess = spawn(process.execPath, [main, 'serve', '--data', data, '--json'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const { pid, stdout } = child;
	const ended = once(child, 'exit');
	if (pid === undefined || stdout === null) throw new Error('the site did not start');
	process.once('exit', () => void child.kill());
	let text = '';
	stdout.on('data', (bytes: Buffer) => void (text += bytes.toString()));
	// One object over several lines, and nothing after it.
	while (!/\n\}\s*$/.test(text)) {
		const [code] = (await Promise.race([once(stdout, 'data'), ended.then(() => [null])])) as unknown[];
		if (code === null) throw new Error('the site ended before it said where it listens');
	}
	const { url, mqttUrl, statusUrl } = JSON.parse(text) as { url: string; mqttUrl: string; statusUrl: string };
	const portOf = (address: string): number => Number(new URL(address).port);
	return {
		pid,
		https: portOf(url),
		mqtt: portOf(mqttUrl),
		status: portOf(statusUrl),
		stop: async () => {
			child.kill();
			// One that a flood still holds does not end by itself.
			const late = setTimeout(() => child.kill('SIGKILL'), 5000);
			await ended;
			clearTimeout(late);
		},
	};
};

/** Expects and commissions all of them at a site that runs, and grants the reader every stream. */
export const commissionCast = async (folder: string, devices: number): Promise<Cast> => {
	const operator = operatorOf(folder);
	await operator.call('policy.apply', { text: policy });
	let ca = '';
	const admit = async (kind: 'device' | 'reader', id: string): Promise<Identity> => {
		const { commissioning } =
			kind === 'device'
				? await operator.call('device.expect', { application, device: id })
				: await operator.call('reader.expect', { application, reader: id });
		const identity = await commission({
			commissioning,
			folder: join(folder, kind, id),
			kind,
			clock: { now: () => Date.now() },
			allowPlainKey: true,
		});
		ca = identity.serviceCa;
		const { certificate } = identity;
		const key = await identity.privateKey();
		return { key, certificate, clientId: id, topic: `${application}/${id}/temperature` };
	};
	const made: Identity[] = [];
	const names = Array.from({ length: devices }, (_, index) => `d${String(index).padStart(4, '0')}`).entries();
	const worker = async (): Promise<void> => {
		for (const [index, name] of names) made[index] = await admit('device', name);
	};
	await Promise.all(Array.from({ length: 4 }, worker));
	const opened = await admit('device', 'opened');
	const reader = await admit('reader', 'desk');
	await operator.call('grant.add', {
		application,
		reader: 'desk',
		device: '*',
		stream: 'temperature',
		purpose: 'bench',
	});
	operator.close();
	return { ca, devices: made, opened, reader };
};
