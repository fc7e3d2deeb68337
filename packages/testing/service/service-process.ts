import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { serve } from '@keyward/service';
import { hallPolicy } from './site.ts';

/** A service in a separate process, so that it can be killed and its memory looked at. */
export interface ServiceProcess {
	readonly httpsPort: number;
	readonly mqttsPort: number;
	/** Resident memory, in bytes. */
	memory(): number;
	/** Commissioning strings, made when the application was new. */
	readonly device: string;
	readonly readers: readonly string[];
	/** Ends it as a power cut would. */
	kill(): Promise<void>;
}

/** Names of the readers whose commissioning strings it gives. */
const readerNames = ['desk', 'desk-2', 'desk-3', 'desk-4', 'desk-5', 'desk-6'];

/**
 * Starts one on the folder. On a new folder it applies `hallPolicy` with six readers, expects the device `probe-1` and the
 * readers, and grants each of them every stream of the hall.
 */
export const startServiceProcess = async (folder: string, httpsPort = 0, mqttsPort = 0): Promise<ServiceProcess> => {
	const child: ChildProcess = spawn(
		process.execPath,
		[import.meta.filename, folder, String(httpsPort), String(mqttsPort)],
		{ stdio: ['ignore', 'pipe', 'inherit'] },
	);
	const ended = once(child, 'exit');
	const { stdout } = child;
	if (stdout === null) throw new Error('no output');
	const [line] = (await Promise.race([once(createInterface({ input: stdout }), 'line'), ended])) as [unknown];
	if (typeof line !== 'string') throw new Error('the service did not start');
	return {
		...(JSON.parse(line) as Pick<ServiceProcess, 'httpsPort' | 'mqttsPort' | 'device' | 'readers'>),
		memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
		kill: async () => {
			child.kill('SIGKILL');
			await ended;
		},
	};
};

// As a program: `node service-process.ts FOLDER HTTPS-PORT MQTTS-PORT`; one line on standard output when it is ready.
if (process.argv[1] === import.meta.filename) {
	const [, , data = '', httpsPort = '0', mqttsPort = '0'] = process.argv;
	const service = await serve(
		{ data, httpsPort: Number(httpsPort), mqttsPort: Number(mqttsPort), oldestReading: null },
		(error) => {
			console.error(error);
			process.exit(1);
		},
	);
	void service.failed.then((error) => {
		console.error(error);
		process.exit(1);
	});
	const strings = { device: '', readers: [] as string[] };
	if ((await service.call('policy.list', {})).length === 0) {
		// As many readings as a test likes: a stream's pace has other tests.
		const text = hallPolicy
			.replaceAll('readers: [desk]', `readers: [${readerNames.join(', ')}]`)
			.replaceAll('every: 10s', 'every: 1ms');
		await service.call('policy.apply', { text });
		const device = await service.call('device.expect', { application: 'hall', device: 'probe-1' });
		strings.device = device.commissioning;
		for (const reader of readerNames) {
			const { commissioning } = await service.call('reader.expect', { application: 'hall', reader });
			strings.readers.push(commissioning);
			for (const stream of ['dose-rate', 'state']) {
				const grant = { application: 'hall', reader, device: '*', stream, purpose: 'test' };
				await service.call('grant.add', grant);
			}
		}
	}
	const portOf = (url: string): number => Number(new URL(url).port);
	console.log(JSON.stringify({ httpsPort: portOf(service.url), mqttsPort: portOf(service.mqttUrl), ...strings }));
}
