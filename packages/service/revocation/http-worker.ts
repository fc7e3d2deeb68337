import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { openChannel } from '../thread/channel.ts';
import type { OcspReply } from './ocsp-responder.ts';
import type { PublishedList } from './revocation-lists.ts';
import { listenHttp } from './http-listener.ts';
import { createOcspCache } from './ocsp-cache.ts';
import { STRANGERS } from '../http/peer-limits.ts';

/** What the plain HTTP worker is started with. */
export interface HttpWorkerData {
	readonly host: string;
	readonly port: number;
	readonly lists: readonly PublishedList[];
}

// Its own thread: whatever strangers do here, they do not do it to those who are known.
assert(parentPort !== null);
const port = parentPort;
const { host, port: wanted, lists: first } = workerData as HttpWorkerData;
const tellBug = (text: string): void => port.postMessage({ topic: 'bug', id: 0, body: text });
const lists = new Map(first.map((list) => [list.name, list]));

let listener: { readonly port: number; close(): Promise<void> } | null = null;
const channel = openChannel(
	port,
	{
		list: (list: PublishedList) => void lists.set(list.name, list),
		revoked: () => cache.forget(),
		stop: () => listener?.close(),
	},
	(error) => tellBug(error instanceof Error ? (error.stack ?? error.message) : String(error)),
	{ outstanding: { strangers: STRANGERS.all } },
);
const cache = createOcspCache(
	(request) => channel.ask('ocsp', request, [], 'strangers') as Promise<OcspReply>,
	() => Date.now(),
);
listener = await listenHttp({
	port: wanted,
	host,
	lists,
	ocsp: cache.ask,
	now: () => Date.now(),
	log: { error: (fields, message) => tellBug(`${message} ${JSON.stringify(fields)}`) },
	onRefused: (code) => channel.tell('counters', [[code, 1]]),
});
channel.tell('ready', { ports: [listener.port] });
