import { parentPort, workerData } from 'node:worker_threads';
import assert from 'node:assert/strict';
import { openChannel } from '../live/channel.ts';
import type { LinkWorkerData } from '../live/link-messages.ts';
import { type LinkServer, serveMqtt } from './mqtt/serve.ts';

assert(parentPort !== null);
const port = parentPort;
const data = workerData as LinkWorkerData;

const report = (error: unknown): void => {
	port.postMessage({
		topic: 'bug',
		id: 0,
		body: error instanceof Error ? (error.stack ?? error.message) : String(error),
	});
};

let server: LinkServer | null = null;
const news = (): LinkServer['news'] => {
	assert(server !== null);
	return server.news;
};

const channel = openChannel(
	port,
	{
		tls: (material: Parameters<LinkServer['news']['tls']>[0]) => news().tls(material),
		cut: (body: Parameters<LinkServer['news']['cut']>[0]) => news().cut(body),
		rights: (body: Parameters<LinkServer['news']['rights']>[0]) => news().rights(body),
		follows: (body: Parameters<LinkServer['news']['follows']>[0]) => news().follows(body),
		advanced: (body: Parameters<LinkServer['news']['advanced']>[0]) => news().advanced(body),
		heard: () => null,
		stop: async () => {
			await server?.stop();
		},
	},
	report,
);

server = await serveMqtt(data, channel, report);
channel.tell('ready', { port: server.port });
