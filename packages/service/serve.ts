import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';
import type { OperationName, Operations } from '@keyward/contract';
import { assemble } from './assemble.ts';
import { configure, type ServiceOptions } from './config/config.ts';
import type { Channel } from './thread/channel.ts';
import { createScheduler } from './thread/lanes.ts';
import { type Log, silentLog } from './log/log.ts';
import type { LinkWorkerData } from './thread/link-messages.ts';
import type { OpenListener } from './policy/listeners.ts';
import { releaseFolder } from './owner/release-folder.ts';
import type { HttpsWorkerData } from './api/https-worker.ts';
import { operationEntries } from './api/operation-entry.ts';
import type { OperatorWorkerData } from './api/operator-worker.ts';
import { hostInUrl } from './site/host-name.ts';
import { version } from './site/version.ts';
import { type StatusWorker, startStatusWorker } from './revocation/status-worker.ts';
import { requireFreePorts } from './monitor/open-ports.ts';
import { type ListeningWorker, startWorker } from './thread/workers.ts';

/** Calls one operation. Throws `Problem` with the code that its caller is told. */
type Call = <Name extends OperationName>(
	name: Name,
	input: Operations[Name]['input'],
) => Promise<Operations[Name]['output']>;

/** A running site. */
export interface Service {
	/** Base of the HTTP API and of EST, at the first HTTPS listener. */
	readonly url: string;
	/** Every HTTPS listener, in the order of the options. */
	readonly https: readonly OpenListener[];
	/** Of the first MQTT listener. */
	readonly mqttUrl: string;
	/** Every MQTT listener, in the order of the options. */
	readonly mqtt: readonly OpenListener[];
	/** Null where the site file names no address for it. */
	readonly metricsUrl: string | null;
	/** Base of CRL and OCSP, plain HTTP; null where no port is given for it. */
	readonly statusUrl: string | null;
	/** Calls an operation from this process, as the operator: who runs the process owns its data folder. */
	readonly call: Call;
	/** Resolves with the reason when the service can go on no longer. */
	readonly failed: Promise<unknown>;
	/** Stops listening, finishes what is under way, closes the store. */
	stop(): Promise<void>;
}

/**
 * Nearly all that a link worker allocates is dead when its packet is answered, but each connection holds something of its
 * last one: a young generation that may grow is collected seldom and in pauses of 20 ms, which is every reading's latency.
 * With 6 MB, in two halves and a third, it takes about half a millisecond (measured with 2,000 connections).
 */
const linkMemory: ResourceLimits = { maxYoungGenerationSizeMb: 6 };

/**
 * Starts a site on its data folder. `report` hears of bugs and of failures behind the listeners, `log` of what the site does. Throws `Problem('store-in-use')` when another service has it open and
 * `Problem('site-configuration')` when a port cannot be had.
 */
export const serve = async (
	options: ServiceOptions,
	report: (error: unknown) => void,
	log: Log = silentLog,
): Promise<Service> => {
	const config = configure(options, version, availableParallelism());
	const site = await assemble(config, report, log);
	const failed = Promise.withResolvers<unknown>();
	const scheduler = createScheduler();
	const workers: ListeningWorker[] = [];
	/** Those without TLS. */
	const plain: ListeningWorker[] = [];
	let stopped: Promise<void> | null = null;
	const stop = (): Promise<void> => {
		site.closing();
		stopped ??= Promise.all([...workers, ...plain].map((worker) => worker.stop()))
			.then(() => site.close())
			.then(() => log.info('stopped'));
		return stopped;
	};
	try {
		const lost = (channel: () => Channel) => (error: unknown) => {
			site.lostWorker(channel());
			failed.resolve(error);
		};
		let listeners = [{ port: config.mqttsPort, floor: config.floor }, ...config.listeners];
		await requireFreePorts(
			config.host,
			listeners.map(({ port }) => port).filter((port) => port !== 0),
		);
		const networks = await site.networks.atStart();
		site.networks.onRevoked((certificate) => {
			for (const worker of workers) worker.channel.tell('revoked', certificate);
		});
		for (let count = 0; count < config.linkWorkers; count++) {
			const data: LinkWorkerData = {
				host: config.host,
				...{ listeners, shared: config.linkWorkers > 1, tls: site.tls(), networks },
				patience: config.patience,
				clockTolerance: config.clockTolerance,
				oldestReading: config.oldestReading,
			};
			let channel: (() => Channel) | null = null;
			const worker = await startWorker(
				new URL('./mqtt/worker.ts', import.meta.url),
				data,
				(own) => {
					channel = own;
					return site.linkHandlers(own);
				},
				report,
				scheduler,
				(error) => lost(channel ?? (() => worker.channel))(error),
				linkMemory,
			);
			// Port 0: the first worker's choice is everybody's.
			listeners = listeners.map(({ floor }, index) => ({ floor, port: worker.ports[index] ?? 0 }));
			workers.push(worker);
		}
		const operations = operationEntries();
		const httpsData: HttpsWorkerData = {
			host: config.host,
			listeners: [{ port: config.httpsPort, floor: config.httpsFloor }, ...config.httpsListeners],
			...{ version, operations, securityText: config.securityText, artefacts: releaseFolder(config.data) },
			...{ tls: site.tls(), networks },
		};
		const operatorData: OperatorWorkerData = { folder: config.data, version, operations, metrics: config.metrics };
		const startListener = async (file: string, data: unknown, among: ListeningWorker[]): Promise<ListeningWorker> => {
			const entry = new URL(`./api/${file}`, import.meta.url);
			const listener = await startWorker(entry, data, () => site.apiHandlers(), report, scheduler, failed.resolve);
			among.push(listener);
			return listener;
		};
		const started = await Promise.allSettled([
			startListener('https-worker.ts', httpsData, workers),
			...(config.operatorSocket || config.metrics !== null
				? [startListener('operator-worker.ts', operatorData, plain)]
				: []),
		]);
		const [https, operator] = started.map((listener) => {
			if (listener.status === 'rejected') throw listener.reason;
			return listener.value;
		});
		assert(https !== undefined);
		for (const listener of [https, operator]) if (listener !== undefined) site.servesFollowers(listener.channel);
		site.onTls((material) => {
			for (const worker of workers) worker.channel.tell('tls', material);
		});
		let told: StatusWorker | null = null;
		if (site.status !== null && config.httpPort !== null) {
			told = await startStatusWorker(
				config,
				config.httpPort,
				site.status,
				site.count,
				report,
				scheduler,
				failed.resolve,
			);
			plain.push(told.worker);
		}
		const httpsAt = httpsData.listeners.map(({ floor }, index) => ({
			...{ floor, url: `https://${hostInUrl(config.name)}:${https.ports[index]}` },
		}));
		const url = httpsAt[0]?.url ?? '';
		const mqtt = listeners.map(({ port, floor }) => ({ floor, url: `mqtts://${hostInUrl(config.name)}:${port}` }));
		site.announce({ https: httpsAt, mqtt }, [
			...listeners.map(({ port }) => port),
			...https.ports,
			...(operator?.ports ?? []),
			...(told?.worker.ports ?? []),
		]);
		const metricsUrl =
			config.metrics === null ? null : `http://${hostInUrl(config.metrics.host)}:${operator?.ports[0]}/metrics`;
		log.info('listening', { url, https: httpsAt, mqtt, metricsUrl });
		return {
			...{ url, https: httpsAt, mqttUrl: mqtt[0]?.url ?? '', mqtt, metricsUrl, statusUrl: told?.url ?? null },
			...{ failed: failed.promise, stop },
			call: (name, input) => site.dispatch(name, input, { kind: 'operator' }),
		};
	} catch (error) {
		await stop();
		throw error;
	}
};
