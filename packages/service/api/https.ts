import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { type LinkStep, servesApi } from '@keyward/core/authorize/link';
import { tlsProfile } from '@keyward/core/tls';
import type { Api } from './http-api.ts';
import { certificateCaller, fingerprintOf, operatorCaller } from '../http/caller.ts';
import { boundConnections } from '../http/bound-connections.ts';
import {
	closed,
	listening,
	pace,
	type PeerLimits,
	refuseMalformed,
	routes,
	USUAL_LIMITS,
} from '../http/peer-timeouts.ts';
import { refuseShortRecords } from '../http/short-records.ts';
import type { DeviceNetworks } from '../tls/device-networks.ts';
import { openTlsListener } from '../tls/listener.ts';
import { sendNoTickets } from '../tls/session-tickets.ts';
import { takeEachAsAnchor } from '../tls/trust-anchors.ts';

const { createServer } = process.getBuiltinModule('node:http');

/** How often connections are looked at whose handshake is not over. */
const LOOK_EVERY: Milliseconds = seconds(1);
const SOCKET_NAME = 'keyward.sock';

/** PEM of the service's key and chain, and of the anchors and issuing CAs of devices and readers. */
export interface ListenerTls {
	readonly key: string;
	readonly cert: string;
	readonly ca: readonly string[];
}

export interface HttpsListener {
	readonly port: number;
	/** Takes effect for connections made from now on; open ones are judged by their certificate at every request. */
	replace(tls: ListenerTls): void;
	close(): Promise<void>;
}

const context = ({ key, cert, ca }: ListenerTls, floor: LinkStep) => ({
	key,
	cert,
	ca: [...ca],
	// link-encryption: no older version than the floor, so nothing to downgrade to.
	...tlsProfile(floor),
});
/** RFC 7301: small EST clients (curl -0) offer http/1.0 alone, and a server that lacks it ends their handshake. */
const protocols = ['http/1.1', 'http/1.0'];

/**
 * The API over TLS 1.3, and EST alone where the floor is TLS 1.2. A client certificate is asked for and not demanded (EST's first enrolment has none): what a
 * stranger may ask is decided by each operation. Port 0 lets the system choose. Throws what `listen` throws.
 */
export const listenHttps = async ({
	api,
	port,
	host,
	floor = 'tls1.3',
	bound,
	networks,
	limits = USUAL_LIMITS,
	...tls
}: ListenerTls & {
	readonly api: Api;
	readonly port: number;
	readonly host: string;
	/** The least link that it takes (link-encryption). */
	readonly floor?: LinkStep;
	/** Bounds its connections together with those of others. */
	readonly bound?: ReturnType<typeof boundConnections>;
	/** Shared with others. */
	readonly networks?: DeviceNetworks;
	readonly limits?: PeerLimits;
}): Promise<HttpsListener> => {
	const { app, refused } = await api({
		callerOf: certificateCaller(floor),
		est: true,
		only: servesApi(floor) ? null : 'est',
	});
	const server = createTlsServer(
		{
			...pace(limits),
			...context(tls, floor),
			pauseOnConnect: true,
		},
		routes(app, refused),
	);
	sendNoTickets(server);
	takeEachAsAnchor(server);
	const listener = openTlsListener({
		...{ server, protocols, patience: limits.handshake },
		...(networks !== undefined && { networks }),
		enter: (socket) => {
			server.emit('secureConnection', socket);
			if (!socket.destroyed) refuseShortRecords(socket, () => refused('request-malformed'));
			return socket.authorized ? fingerprintOf(socket) : null;
		},
		failed: (error, socket) => void server.emit('tlsClientError', error, socket),
		tooSlow: () => refused('peer-too-slow'),
		tooLarge: () => refused('packet-too-large'),
		tooOften: () => refused('request-too-often'),
	});
	const looking = setInterval(listener.look, LOOK_EVERY);
	(bound ?? boundConnections(refused))(server);
	server.setTimeout(limits.idle);
	refuseMalformed(server, refused);
	await listening(server, { port, host });
	const address = server.address();
	return {
		port: typeof address === 'object' && address !== null ? address.port : port,
		replace: (material) => {
			server.setSecureContext(context(material, floor));
			sendNoTickets(server);
			takeEachAsAnchor(server);
		},
		close: async () => {
			clearInterval(looking);
			listener.close();
			await closed(server, app);
		},
	};
};

/**
 * The API for the operator: a Unix socket in the data folder. Throws `site-configuration` when its path is too long.
 *
 * Anyone who opens the socket is the operator, so the file system is the check: it is bound inside a folder that only its
 * owner can enter, closed to others, and only then moved to where it is looked for. There is no moment at which
 * another user of the machine could connect.
 */
export const listenLocal = async ({
	api,
	folder,
	limits = USUAL_LIMITS,
}: {
	readonly api: Api;
	/** The data folder, which exists. */
	readonly folder: string;
	readonly limits?: PeerLimits;
}): Promise<{ readonly path: string; close(): Promise<void> }> => {
	const path = join(folder, SOCKET_NAME);
	const { app, refused } = await api({ callerOf: operatorCaller, est: false, only: null });
	const server = createServer(pace(limits), routes(app, refused));
	refuseMalformed(server, refused);
	const closet = await mkdtemp(join(folder, '.s-'));
	try {
		const bound = join(closet, 's');
		await listening(server, { path: bound });
		await chmod(bound, 0o600);
		await rename(bound, path);
	} catch (error) {
		await closed(server, app).catch(() => undefined);
		if (Buffer.byteLength(path) < 100) throw error;
		throw new Problem('site-configuration', `${path} is too long for a Unix socket: choose a shorter data folder.`, {
			cause: error,
		});
	} finally {
		await rm(closet, { recursive: true, force: true });
	}
	return {
		path,
		close: async () => {
			await rm(path, { force: true });
			await closed(server, app);
		},
	};
};
