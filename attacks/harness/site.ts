import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { Identity } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { connectLocal } from '@keyward/client';
import type { RequirementId } from '@keyward/core/policy';
import type { OperationName, Operations } from '@keyward/contract';
import type { Grant } from '@keyward/core/port';
import type { Service, ServiceOptions } from '@keyward/service';
import { hallPolicy, type TestIdentity } from '@keyward/testing/service/site';
import { openTls, openWire, type Wire } from '@keyward/testing/service/wire';
import { type Answer, askHttps, type Request } from './https.ts';
import { openSession, type Session } from './session.ts';
import type { SiteSetup } from './attack.ts';
import type { SiteNews, SiteOrder } from './site-program.ts';
import { environmentOf } from './source-copy.ts';

/** A site that runs in a separate process, and all that an attacker and its operator can do with it from outside. */
export interface AttackedSite extends Pick<Service, 'url' | 'mqttUrl' | 'mqtt' | 'metricsUrl' | 'statusUrl'> {
	/** The data folder. */
	readonly folder: string;
	readonly httpsPort: number;
	readonly mqttsPort: number;
	readonly pid: number;
	/** Everything that the service reported as a bug. */
	readonly reported: readonly string[];
	/** Resident memory, in bytes. */
	memory(): number;
	/** Asks as the operator, by the socket in the data folder. */
	ask<Name extends OperationName>(name: Name, input: Operations[Name]['input']): Promise<Operations[Name]['output']>;
	apply(policy: string): Promise<Operations['policy.apply']['output']>;
	/** A real agent, whose key is plain PEM in its own folder. */
	commissionDevice(application: string, id: string, deviceClass?: string): Promise<TestIdentity>;
	commissionReader(application: string, id: string): Promise<TestIdentity>;
	grant(application: string, reader: string, device: string, stream: string, lasts?: number): Promise<Grant>;
	/** A raw TLS connection to a port of the site; `rejectUnauthorized: false` for an attacker that has no CA. */
	tls(port: number, options?: ConnectionOptions): Promise<TLSSocket>;
	/** A TLS connection of the identity to the first MQTT listener, and nothing sent on it yet. */
	wire(identity: Pick<TestIdentity, 'tls'>, version?: 4 | 5, options?: ConnectionOptions): Promise<Wire>;
	/** The same, with CONNECT sent and CONNACK read; a refusal is a value. */
	session(identity: Pick<TestIdentity, 'tls'>, options?: Parameters<typeof openSession>[1]): Promise<Session>;
	/** A request to the HTTP API; without an identity, as a stranger. */
	https(request: Request): Promise<Answer>;
	/**
	 * Stops the service, does `between` with its data folder, and starts it on the same folder and ports, with `changed` options from
	 * then on.
	 */
	restart(between?: (folder: string) => Promise<void> | void, changed?: SiteSetup['options']): Promise<void>;
	/** Stops it in order. */
	stop(): Promise<void>;
	/** Ends it as a power cut would. */
	kill(): Promise<void>;
	/** Starts it after `stop` or `kill`, on the same folder and ports. Throws with the service's words when it does not start. */
	start(): Promise<void>;
}

interface Running {
	readonly child: ChildProcess;
	readonly ended: Promise<unknown>;
	readonly ready: Pick<Service, 'url' | 'mqttUrl' | 'mqtt' | 'metricsUrl' | 'statusUrl'>;
}

const startProcess = async (source: string, options: ServiceOptions, reported: string[]): Promise<Running> => {
	const child = fork(join(source, 'attacks/harness/site-program.ts'), {
		env: environmentOf(source),
		serialization: 'advanced',
		// Not those of a test runner.
		execArgv: [],
		stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
	});
	const ended = once(child, 'exit');
	const ready = Promise.withResolvers<Running['ready']>();
	child.on('message', (news: SiteNews) => {
		if ('ready' in news) ready.resolve(news.ready);
		else if ('reported' in news) reported.push(news.reported);
		else {
			reported.push(news.failed);
			ready.reject(new Error(`the site did not start: ${news.failed}`));
		}
	});
	void ended.then(() => ready.reject(new Error('the site ended before it was ready')));
	child.send({ start: options } satisfies SiteOrder);
	try {
		return { child, ended, ready: await ready.promise };
	} catch (error) {
		child.kill('SIGKILL');
		throw error;
	}
};

/** ms. A site that is busy with an attack may hear nothing of its end. */
const PATIENCE = 10_000;

/** It exits at once, but keeps what its threads compiled: the next site of this source starts with a fifth less. */
const leave = (child: ChildProcess): void => {
	if (!child.connected) {
		child.kill('SIGKILL');
		return;
	}
	const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
	child.once('exit', () => clearTimeout(late));
	child.disconnect();
};

export interface SiteUnderAttack {
	/** Root of the source that it runs from. */
	readonly source: string;
	/** Holds the data folder and what the devices keep. */
	readonly home: string;
	readonly setup: SiteSetup;
	readonly without: readonly RequirementId[];
	readonly after: (end: () => unknown) => void;
}

const portOf = (url: string): number => Number(new URL(url).port);

/** Starts it and applies its policies. */
export const startSite = async ({ source, home, setup, without, after }: SiteUnderAttack): Promise<AttackedSite> => {
	const folder = join(home, 'data');
	const reported: string[] = [];
	const { policies = [hallPolicy], options } = setup;
	let settings: ServiceOptions = {
		...{ httpsPort: 0, mqttsPort: 0, linkWorkers: 2 },
		...options,
		...{ data: folder, allowWithout: without },
	};
	let running: Running | null = await startProcess(source, settings, reported);
	const { ready } = running;
	settings = {
		...settings,
		...{ httpsPort: portOf(ready.url), mqttsPort: portOf(ready.mqttUrl) },
		...(ready.statusUrl !== null && { httpPort: portOf(ready.statusUrl) }),
		...(options?.listeners !== undefined && {
			listeners: ready.mqtt.slice(1).map(({ url, floor }) => ({ floor, port: portOf(url) })),
		}),
	};
	const client = connectLocal(folder);
	const end = async (how: (child: ChildProcess) => unknown): Promise<void> => {
		if (running === null) return;
		const { child, ended } = running;
		running = null;
		how(child);
		await ended;
	};
	const start = async (): Promise<void> => {
		running = await startProcess(source, settings, reported);
	};
	const stop = (): Promise<void> => end((child) => child.connected && child.send({ stop: true } satisfies SiteOrder));
	const kill = (): Promise<void> => end((child) => child.kill('SIGKILL'));
	after(() => end(leave));
	after(() => client.close());

	let commissioned = 0;
	const commissionAs = async (
		kind: 'device' | 'reader',
		application: string,
		id: string,
		commissioning: string,
	): Promise<TestIdentity> => {
		const place = join(home, `${++commissioned}-${kind}-${application}-${id}`);
		const clock = { now: () => Date.now() };
		const identity: Identity = await commission({ commissioning, folder: place, kind, clock, allowPlainKey: true });
		return {
			identity,
			certificateFile: join(place, 'certificate.pem'),
			keyFile: identity.keyFile,
			serviceCaFile: join(place, 'service-ca.pem'),
			tls: { cert: identity.certificate, key: await identity.privateKey(), ca: identity.serviceCa },
		};
	};

	const ask: AttackedSite['ask'] = (name, input) => client.call(name, input);
	const pid = (): number => running?.child.pid ?? 0;
	const site: AttackedSite = {
		...ready,
		...{ folder, reported },
		httpsPort: settings.httpsPort,
		mqttsPort: settings.mqttsPort,
		get pid() {
			return pid();
		},
		memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid()}/status`, 'utf8'))?.[1]) * 1024,
		ask,
		apply: (text) => ask('policy.apply', { text }),
		commissionDevice: async (application, device, deviceClass) => {
			const expected = { application, device, ...(deviceClass !== undefined && { class: deviceClass }) };
			return commissionAs('device', application, device, (await ask('device.expect', expected)).commissioning);
		},
		commissionReader: async (application, reader) =>
			commissionAs('reader', application, reader, (await ask('reader.expect', { application, reader })).commissioning),
		grant: (application, reader, device, stream, lasts) =>
			ask('grant.add', {
				...{ application, reader, device, stream, purpose: 'test' },
				...(lasts !== undefined && { expires: Date.now() + lasts }),
			}),
		tls: (port, more = {}) => openTls({ after }, port, more),
		wire: (identity, version = 5, more = {}) => openWire({ after }, site, identity, version, more),
		session: (identity, more = {}) => openSession((version, tls) => site.wire(identity, version, tls), more),
		https: (request) => askHttps(settings.httpsPort, request),
		restart: async (between, changed) => {
			await stop();
			await between?.(folder);
			settings = { ...settings, ...changed };
			await start();
		},
		...{ stop, kill, start },
	};
	for (const policy of policies) await site.apply(policy);
	return site;
};
