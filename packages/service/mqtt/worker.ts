import { parentPort, workerData } from 'node:worker_threads';
import assert from 'node:assert/strict';
import { openChannel } from '../thread/channel.ts';
import type { LinkWorkerData } from '../thread/link-messages.ts';
import { type LinkServer, serveMqtt } from './serve.ts';

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
type News<Topic extends keyof LinkServer['news']> = Parameters<LinkServer['news'][Topic]>[0];

const channel = openChannel(
	port,
	{
		tls: (body: News<'tls'>) => news().tls(body),
		revoked: (body: News<'revoked'>) => news().revoked(body),
		policy: (body: News<'policy'>) => news().policy(body),
		cut: (body: News<'cut'>) => news().cut(body),
		rights: (body: News<'rights'>) => news().rights(body),
		follows: (body: News<'follows'>) => news().follows(body),
		advanced: (body: News<'advanced'>) => news().advanced(body),
		commands: (body: News<'commands'>) => news().commands(body),
		handover: (body: News<'handover'>) => news().handover(body),
		heard: () => null,
		stop: async () => {
			await server?.stop();
		},
	},
	report,
	// The peers of one turn of the loop ask together.
	{ soon: (send) => void setImmediate(send) },
);

server = await serveMqtt(data, channel, report);
channel.tell('ready', { ports: server.ports });
