import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { openChannel } from '../live/channel.ts';
import type { TlsMaterial } from '../live/link-messages.ts';
import { createApi } from './api.ts';
import { openDoor } from './channel-door.ts';
import { est } from './est.ts';
import { type HttpsListener, listenHttps, listenLocal } from './https.ts';

/** What the HTTPS worker is started with. */
export interface HttpsWorkerData {
	readonly host: string;
	readonly port: number;
	/** The data folder, for the operator's socket. */
	readonly folder: string;
	readonly version: string;
	readonly tls: TlsMaterial;
}

assert(parentPort !== null);
const port = parentPort;
const { host, port: wanted, folder, version, tls } = workerData as HttpsWorkerData;

const material = ({ certificate, key, clientAuthorities }: TlsMaterial) => ({
	key,
	cert: certificate,
	ca: [clientAuthorities],
});
const tellBug = (text: string): void => port.postMessage({ topic: 'bug', id: 0, body: text });

let https: HttpsListener | null = null;
let local: { close(): Promise<void> } | null = null;

const channel = openChannel(
	port,
	{
		tls: (changed: TlsMaterial) => https?.replace(material(changed)),
		stop: async () => {
			await Promise.all([https?.close(), local?.close()]);
		},
	},
	(error) => tellBug(error instanceof Error ? (error.stack ?? error.message) : String(error)),
);

const api = createApi({
	door: openDoor(channel),
	version,
	log: { error: (fields, message) => tellBug(`${message} ${JSON.stringify(fields)}`) },
	onRefused: (code) => channel.tell('counters', [[code, 1]]),
	est: (options) => (app) => est(app, options),
});
https = await listenHttps({ api, port: wanted, host, ...material(tls) });
local = await listenLocal({ api, folder });
channel.tell('ready', { port: https.port });
