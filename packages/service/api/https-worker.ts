import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { openChannel, type Outstanding } from '../thread/channel.ts';
import type { TlsMaterial } from '../thread/link-messages.ts';
import { createApi } from './http-api.ts';
import { openDoor } from './rpc-client.ts';
import { est } from '../enrolment/est.ts';
import { CERTIFICATES, STRANGERS, STREAMS } from '../http/peer-limits.ts';
import { type HttpsListener, listenHttps } from './https.ts';

/** What the HTTPS worker is started with. */
export interface HttpsWorkerData {
	readonly host: string;
	readonly port: number;
	readonly version: string;
	readonly tls: TlsMaterial;
}

/** CR 7.1: what this thread asks of the committer at a time. */
const outstanding: Outstanding = {
	certificates: CERTIFICATES.all,
	followers: STREAMS.all,
	// And one about health.
	strangers: STRANGERS.all + 1,
};

assert(parentPort !== null);
const port = parentPort;
const { host, port: wanted, version, tls } = workerData as HttpsWorkerData;

const material = ({ certificate, key, clientAuthorities }: TlsMaterial) => ({
	key,
	cert: certificate,
	ca: [clientAuthorities],
});
const tellBug = (text: string): void => port.postMessage({ topic: 'bug', id: 0, body: text });

let https: HttpsListener | null = null;

const channel = openChannel(
	port,
	{
		tls: (changed: TlsMaterial) => https?.replace(material(changed)),
		stop: () => https?.close(),
	},
	(error) => tellBug(error instanceof Error ? (error.stack ?? error.message) : String(error)),
	{ outstanding },
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
channel.tell('ready', { ports: [https.port] });
