import { type ResourceLimits, Worker } from 'node:worker_threads';
import { Problem } from '@keyward/core';
import { type Channel, type Handlers, openChannel } from './channel.ts';
import type { Scheduler } from './lanes.ts';

/** A worker thread that listens. */
export interface ListeningWorker {
	readonly channel: Channel;
	/** In the order that it was told of them. */
	readonly ports: readonly number[];
	/** Closes its listener, answers what is under way, and ends the thread. */
	stop(): Promise<void>;
}

/**
 * Starts a worker and waits until it listens. `handlersOf` gets the channel that its answers go to. `onLost` hears when
 * the thread ends without having been told to.
 * Throws `Problem('site-configuration')` when the port cannot be had.
 */
export const startWorker = async (
	entry: URL,
	data: unknown,
	handlersOf: (channel: () => Channel) => Handlers,
	report: (error: unknown) => void,
	scheduler: Scheduler,
	onLost: (error: unknown) => void,
	resourceLimits: ResourceLimits = {},
): Promise<ListeningWorker> => {
	const worker = new Worker(entry, { workerData: data, resourceLimits });
	let stopping = false;
	const ended = Promise.withResolvers<void>();
	const started = Promise.withResolvers<{ ports: readonly number[] }>();
	const handlers = handlersOf(() => channel);
	const channel: Channel = openChannel(
		worker,
		{ ...handlers, ready: (body: { ports: readonly number[] }) => started.resolve(body), bug: report },
		report,
		scheduler,
	);
	worker.on('error', (error: NodeJS.ErrnoException) => {
		started.reject(explain(error));
		if (!stopping) onLost(error);
	});
	worker.on('exit', (code) => {
		ended.resolve();
		started.reject(new Problem('site-configuration', `a listener ended with code ${code} before it listened`));
		if (!stopping) onLost(new Error(`a worker ended with code ${code}`));
	});
	const { ports } = await started.promise;
	return {
		channel,
		ports,
		stop: async () => {
			stopping = true;
			// One that has ended already answers nothing more.
			await Promise.race([channel.ask('stop', null).catch(() => ended.promise), ended.promise]);
			await worker.terminate();
		},
	};
};

const explain = (error: NodeJS.ErrnoException): Error => {
	if (error.code === 'EADDRINUSE' || error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL') {
		const why =
			error.code === 'EADDRINUSE'
				? 'another program listens there'
				: error.code === 'EACCES'
					? 'this user may not'
					: 'this machine has no such address';
		return new Problem(
			'site-configuration',
			`cannot listen (${error.message}): ${why}; choose another with --https-port, --mqtts-port, --listener or --host (KEYWARD_HTTPS_PORT, KEYWARD_MQTTS_PORT)`,
		);
	}
	return error;
};
