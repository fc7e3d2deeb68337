import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { openChannel } from '../live/channel.ts';
import type { TlsMaterial } from '../live/link-messages.ts';
import { createApi } from './api.ts';
import { openDoor } from './channel-door.ts';
import { est } from './est.ts';
import { type HttpsListener, listenHttps, listenLocal } from './https.ts';
import { listenMonitor } from './monitor.ts';
import type { LoopbackAddress } from '../site/site-file.ts';

/** What the HTTPS worker is started with. */
export interface HttpsWorkerData {
	readonly host: string;
	readonly port: number;
	/** The data folder, for the operator's socket. */
	readonly folder: string;
	readonly version: string;
	readonly tls: TlsMaterial;
	/** Where health and metrics are served in plain HTTP, on this machine alone. */
	readonly metrics: LoopbackAddress | null;
}

assert(parentPort !== null);
const port = parentPort;
const { host, port: wanted, folder, version, tls, metrics } = workerData as HttpsWorkerData;

const material = ({ certificate, key, clientAuthorities }: TlsMaterial) => ({
	key,
	cert: certificate,
	ca: [clientAuthorities],
});
const tellBug = (text: string): void => port.postMessage({ topic: 'bug', id: 0, body: text });

let https: HttpsListener | null = null;
let local: { close(): Promise<void> } | null = null;
let monitor: { readonly port: number; close(): Promise<void> } | null = null;

const channel = openChannel(
	port,
	{
		tls: (changed: TlsMaterial) => https?.replace(material(changed)),
		stop: async () => {
			await Promise.all([https?.close(), local?.close(), monitor?.close()]);
		},
	},
	(error) => tellBug(error instanceof Error ? (error.stack ?? error.message) : String(error)),
);

const door = openDoor(channel);
const api = createApi({
	door,
	version,
	log: { error: (fields, message) => tellBug(`${message} ${JSON.stringify(fields)}`) },
	onRefused: (code) => channel.tell('counters', [[code, 1]]),
	est: (options) => (app) => est(app, options),
});
https = await listenHttps({ api, port: wanted, host, ...material(tls) });
local = await listenLocal({ api, folder });
if (metrics !== null) monitor = await listenMonitor(door, metrics);
channel.tell('ready', { ports: [https.port, ...(monitor === null ? [] : [monitor.port])] });
