import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { serve } from '../serve.ts';
import { hallPolicy } from './site.ts';

/** A service in a process of its own, so that it can be killed and its memory looked at. */
export interface ServiceProcess {
	readonly httpsPort: number;
	readonly mqttsPort: number;
	/** Resident memory, in bytes. */
	memory(): number;
	/** Commissioning strings, made when the application was new. */
	readonly device: string;
	readonly reader: string;
	/** Ends it as a power cut would. */
	kill(): Promise<void>;
}

/**
 * Starts one on the folder. On a new folder it applies `hallPolicy`, expects the device `probe-1` and the reader `desk`, and
 * grants `desk` every stream of the hall.
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
		...(JSON.parse(line) as Pick<ServiceProcess, 'httpsPort' | 'mqttsPort' | 'device' | 'reader'>),
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
	const service = await serve({ data, httpsPort: Number(httpsPort), mqttsPort: Number(mqttsPort) }, (error) => {
		console.error(error);
		process.exit(1);
	});
	void service.failed.then((error) => {
		console.error(error);
		process.exit(1);
	});
	const operator = { kind: 'operator' } as const;
	let strings = { device: '', reader: '' };
	if ((await service.answers['policy.list']({}, operator)).length === 0) {
		await service.answers['policy.apply']({ text: hallPolicy }, operator);
		const device = await service.answers['device.expect']({ application: 'hall', device: 'probe-1' }, operator);
		const reader = await service.answers['reader.expect']({ application: 'hall', reader: 'desk' }, operator);
		for (const stream of ['dose-rate', 'state']) {
			const grant = { application: 'hall', reader: 'desk', device: '*', stream, purpose: 'test' };
			await service.answers['grant.add'](grant, operator);
		}
		strings = { device: device.commissioning, reader: reader.commissioning };
	}
	const portOf = (url: string): number => Number(new URL(url).port);
	console.log(JSON.stringify({ httpsPort: portOf(service.url), mqttsPort: portOf(service.mqttUrl), ...strings }));
}
