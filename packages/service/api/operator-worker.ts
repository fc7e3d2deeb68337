import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { openChannel } from '../thread/channel.ts';
import { releaseFolder } from '../owner/release-folder.ts';
import type { LoopbackAddress } from '../site/site-file.ts';
import { createApi } from './http-api.ts';
import type { ApiTopics, CallTopics, ListenerNews } from './api-rpc.ts';
import { openApiRpc } from './api-rpc-client.ts';
import type { OperationEntries } from './operation-entry.ts';
import { listenLocal } from './https.ts';
import { listenMonitor } from './monitor-routes.ts';

/** What the operator's worker is started with. */
export interface OperatorWorkerData {
	/** The data folder, for the operator's socket. */
	readonly folder: string;
	readonly version: string;
	readonly operations: OperationEntries;
	/** Where health and metrics are served in plain HTTP, on this machine alone. */
	readonly metrics: LoopbackAddress | null;
}

// CR 7.1: a thread that nobody on the network can reach, so that whatever strangers do, the operator is heard.
assert(parentPort !== null);
const port = parentPort;
const { folder, version, operations, metrics } = workerData as OperatorWorkerData;
const tellBug = (text: string): void => port.postMessage({ topic: 'bug', id: 0, body: text });

let local: { close(): Promise<void> } | null = null;
let monitor: { readonly port: number; close(): Promise<void> } | null = null;

const channel = openChannel<CallTopics & ApiTopics & ListenerNews>(
	port,
	{
		// Behind everything that it was told before, and what came of that.
		heard: () => new Promise((resolve) => setImmediate(resolve, null)),
		stop: async () => {
			await Promise.all([local?.close(), monitor?.close()]);
		},
	},
	(error) => tellBug(error instanceof Error ? (error.stack ?? error.message) : String(error)),
);

const rpc = openApiRpc(channel, 'operator');
const api = createApi({
	rpc,
	...{ version, operations },
	artefacts: releaseFolder(folder),
	log: { error: (fields, message) => tellBug(`${message} ${JSON.stringify(fields)}`) },
	onRefused: (code) => channel.tell('counters', [[code, 1]]),
});
local = await listenLocal({ api, folder });
if (metrics !== null) monitor = await listenMonitor(rpc, metrics);
channel.tell('ready', { ports: monitor === null ? [] : [monitor.port] });
