import type { ServiceConfig } from '../config/config.ts';
import type { Handlers } from '../thread/channel.ts';
import type { Scheduler } from '../thread/lanes.ts';
import type { OcspRequest } from '@keyward/core/format';
import { hostInUrl } from '../site/host-name.ts';
import type { Status } from './status.ts';
import type { HttpWorkerData } from './http-worker.ts';
import { type ListeningWorker, startWorker } from '../thread/workers.ts';

/** The plain HTTP listener, and the base of its addresses. */
export interface StatusWorker {
	readonly worker: ListeningWorker;
	readonly url: string;
}

/** Starts the worker that tells certificate status, and keeps it told. Throws what `startWorker` throws. */
export const startStatusWorker = async (
	{ host, name }: ServiceConfig,
	port: number,
	status: Status,
	count: Handlers[string],
	report: (error: unknown) => void,
	scheduler: Scheduler,
	onLost: (error: unknown) => void,
): Promise<StatusWorker> => {
	const data: HttpWorkerData = { host, port, lists: status.lists.all() };
	const worker = await startWorker(
		new URL('./http-worker.ts', import.meta.url),
		data,
		() => ({ ocsp: (request: OcspRequest) => status.ocsp(request), counters: count }),
		report,
		scheduler,
		onLost,
	);
	const url = `http://${hostInUrl(name)}:${worker.ports[0]}`;
	status.announce(url);
	status.lists.onPublished((list) => worker.channel.tell('list', list));
	status.onRevoked(() => worker.channel.tell('revoked', null));
	// Those that were published while it started.
	for (const list of status.lists.all()) worker.channel.tell('list', list);
	return { worker, url };
};
