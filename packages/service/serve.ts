import { availableParallelism } from 'node:os';
import { assemble } from './assemble.ts';
import { configure, type ServiceOptions } from './config.ts';
import type { Channel } from './live/channel.ts';
import type { LinkWorkerData } from './live/link-messages.ts';
import type { HttpsWorkerData } from './listen/https-worker.ts';
import type { Answers } from './operations/answers.ts';
import { version } from './version.ts';
import { type ListeningWorker, startWorker } from './workers.ts';

/** A running site. */
export interface Service {
	/** Base of the HTTP API and of EST. */
	readonly url: string;
	readonly mqttUrl: string;
	/** Operations, asked from this process as the operator. */
	readonly answers: Answers;
	/** Resolves with the reason when the service can go on no longer. */
	readonly failed: Promise<unknown>;
	/** Stops listening, finishes what is under way, closes the store. */
	stop(): Promise<void>;
}

/**
 * Starts a site on its data folder. Throws `Problem('store-in-use')` when another service has it open and
 * `Problem('site-configuration')` when a port cannot be had.
 */
export const serve = async (options: ServiceOptions, report: (error: unknown) => void): Promise<Service> => {
	const config = configure(options, version, availableParallelism());
	const site = await assemble(config, report);
	const failed = Promise.withResolvers<unknown>();
	const workers: ListeningWorker[] = [];
	let stopped: Promise<void> | null = null;
	const stop = (): Promise<void> => {
		stopped ??= Promise.all(workers.map((worker) => worker.stop())).then(() => site.close());
		return stopped;
	};
	try {
		const lost = (channel: () => Channel) => (error: unknown) => {
			site.lostWorker(channel());
			failed.resolve(error);
		};
		let port = config.mqttsPort;
		for (let count = 0; count < config.linkWorkers; count++) {
			const data: LinkWorkerData = {
				host: config.host,
				port,
				tls: site.tls(),
				patience: config.patience,
				groups: config.groups,
				allowTls12: config.allowTls12,
			};
			let channel: (() => Channel) | null = null;
			const worker = await startWorker(
				new URL('./listen/worker.ts', import.meta.url),
				data,
				(own) => {
					channel = own;
					return site.linkHandlers(own);
				},
				report,
				(error) => lost(channel ?? (() => worker.channel))(error),
			);
			// Port 0: the first worker's choice is everybody's.
			port = worker.port;
			workers.push(worker);
		}
		const httpsData: HttpsWorkerData = {
			host: config.host,
			port: config.httpsPort,
			folder: config.data,
			version,
			tls: site.tls(),
		};
		const https = await startWorker(
			new URL('./listen/https-worker.ts', import.meta.url),
			httpsData,
			() => site.doorHandlers(),
			report,
			failed.resolve,
		);
		workers.push(https);
		site.onTls((material) => {
			for (const worker of workers) worker.channel.tell('tls', material);
		});
		const url = `https://${config.name}:${https.port}`;
		const mqttUrl = `mqtts://${config.name}:${port}`;
		site.announce({ service: url, mqtt: mqttUrl });
		return { url, mqttUrl, answers: site.answers, failed: failed.promise, stop };
	} catch (error) {
		await stop();
		throw error;
	}
};
