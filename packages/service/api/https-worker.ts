import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, type Milliseconds, seconds } from '@keyward/core';
import type { SecurityText } from '@keyward/core/update';
import { openChannel, type Outstanding } from '../thread/channel.ts';
import type { TlsMaterial } from '../thread/link-messages.ts';
import type { KnownAtStart } from '../thread/proved-network.ts';
import { createApi } from './http-api.ts';
import { openApiRpc } from './api-rpc-client.ts';
import type { OperationEntries } from './operation-entry.ts';
import { est } from '../enrolment/est.ts';
import { type EstTopics, openEstRpc } from '../enrolment/est-rpc.ts';
import type { ApiTopics, CallTopics, ListenerNews } from './api-rpc.ts';
import { boundConnections } from '../http/bound-connections.ts';
import type { HttpsListenerOptions } from '../site/site-file.ts';
import { openPeopleRpc, type PeopleTopics } from '../people/people-rpc.ts';
import { CERTIFICATES, PERSONS, STRANGERS, STREAMS } from '../http/peer-limits.ts';
import { createDeviceNetworks } from '../tls/device-networks.ts';
import { type HttpsListener, listenHttps } from './https.ts';

/** What the HTTPS worker is started with. */
export interface HttpsWorkerData {
	readonly host: string;
	/** One server for each floor. */
	readonly listeners: readonly HttpsListenerOptions[];
	readonly version: string;
	readonly operations: OperationEntries;
	readonly securityText: SecurityText | null;
	readonly artefacts: string;
	readonly tls: TlsMaterial;
	readonly networks: KnownAtStart;
}

const TELL_NETWORKS_EVERY: Milliseconds = seconds(30);

/** CR 7.1: what this thread asks of the committer at a time. */
const outstanding: Outstanding = {
	certificates: CERTIFICATES.all,
	followers: STREAMS.all,
	// People ask in their lane, who are strangers until their session is looked at. And one about health.
	strangers: STRANGERS.all + PERSONS.all + 1,
};

assert(parentPort !== null);
const port = parentPort;
const { host, listeners, version, operations, securityText, artefacts, tls, ...given } = workerData as HttpsWorkerData;

const material = ({ certificate, key, clientAuthorities }: TlsMaterial) => ({
	key,
	cert: certificate,
	ca: [clientAuthorities],
});
const tellBug = (text: string): void => port.postMessage({ topic: 'bug', id: 0, body: text });

const open: HttpsListener[] = [];
const networks = createDeviceNetworks(given.networks);

const channel = openChannel<CallTopics & ApiTopics & EstTopics & PeopleTopics & ListenerNews>(
	port,
	{
		tls: (changed: TlsMaterial) => open.forEach((https) => https.replace(material(changed))),
		revoked: networks.revoked,
		// Behind everything that it was told before, and what came of that.
		heard: () => new Promise((resolve) => setImmediate(resolve, null)),
		stop: async () => {
			clearInterval(telling);
			tellNetworks();
			await Promise.all(open.map((https) => https.close()));
		},
	},
	(error) => tellBug(error instanceof Error ? (error.stack ?? error.message) : String(error)),
	{ outstanding },
);

const tellNetworks = (): void => {
	const came = networks.news();
	if (came.length > 0) channel.tell('networks', came);
};
const telling = setInterval(tellNetworks, TELL_NETWORKS_EVERY);

const onRefused = (code: ErrorCode): void => channel.tell('counters', [[code, 1]]);
const rpc = openApiRpc(channel);
const api = createApi({
	rpc,
	...{ version, operations, securityText, artefacts },
	log: { error: (fields, message) => tellBug(`${message} ${JSON.stringify(fields)}`) },
	onRefused,
	people: openPeopleRpc(channel),
	est: (options) => (app) => est(app, { ...options, rpc: openEstRpc(channel) }),
});
// CR 7.1: a peer has no more by coming to several listeners.
const bound = boundConnections(onRefused);
for (const { port: wanted, floor } of listeners)
	open.push(await listenHttps({ api, port: wanted, floor, host, bound, networks, ...material(tls) }));
channel.tell('ready', { ports: open.map((https) => https.port) });
