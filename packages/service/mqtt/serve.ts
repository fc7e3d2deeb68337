import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Problem } from '@keyward/core';
import type { LinkStep } from '@keyward/core/authorize';
import type { Channel } from '../thread/channel.ts';
import type { GivenRefusals, LinkWorkerData, TlsMaterial } from '../thread/link-messages.ts';
import type { RevokedFingerprint } from '../thread/proved-network.ts';
import { refuseProtocol } from './connect.ts';
import { type Connection, disconnect, type Load, newConnection } from './connection/connection.ts';
import { pace, refill } from './connection/pace.ts';
import { createDecoder } from './protocol/decoder.ts';
import { pump } from './deliver/deliver.ts';
import { createGivenRefusals } from './given-refusals.ts';
import { createIntake } from './connection/intake.ts';
import { checkTimeouts } from './connection/timeouts.ts';
import { refuseTooLarge, takePacket } from './dispatch.ts';
import { refuseTooMany } from './publish/publish.ts';
import { createConnections, type WorkerEvents } from './connections.ts';
import { reason } from './protocol/reason-code.ts';
import { complaint, lazyAuthorities } from './connection/client-certificate.ts';
import { tlsOptions } from './connection/tls-options.ts';
import { createWaits } from './publish/acknowledgement-waits.ts';
import { createDeviceNetworks } from '../tls/device-networks.ts';
import { openTlsListener } from '../tls/listener.ts';
import { sendNoTickets } from '../tls/session-tickets.ts';
import { takeEachAsAnchor } from '../tls/trust-anchors.ts';

/** One link worker's listeners: they own sockets, TLS and stateless verification; everything else they ask. */
export interface LinkServer {
	/** In the order of its listeners. */
	readonly ports: readonly number[];
	readonly news: WorkerEvents & { tls(material: TlsMaterial): void; revoked(certificate: RevokedFingerprint): void };
	stop(): Promise<void>;
}

/** Milliseconds of the listener's tick: keep-alive, patience and counters are looked at this often. */
const tickLength = 1000;
/** Progress of subscribers is told with every second tick. */
const progressTicks = 2;
/** Networks from which devices came are told with every thirtieth. */
const networkTicks = 30;

export const serveMqtt = async (
	data: LinkWorkerData,
	channel: Channel,
	report: (error: unknown) => void,
): Promise<LinkServer> => {
	const counters = new Map<string, number>();
	const count = (code: string): void => void counters.set(code, (counters.get(code) ?? 0) + 1);
	const given = createGivenRefusals();
	const waits = createWaits();
	const peers = createConnections(channel, count, given.add, report, data, waits);
	const { listener } = peers;
	const decode = createDecoder();
	const networks = createDeviceNetworks(data.networks);
	const tellNetworks = (): void => {
		const came = networks.news();
		if (came.length > 0) channel.tell('networks', came);
	};
	let tick = 0;

	const refuseMalformed = (connection: Connection, why: string): void => {
		count('packet-malformed');
		disconnect(connection, reason.malformedPacket, `packet-malformed: ${why}`);
	};

	const takeBytes = (connection: Connection, bytes: Buffer): void => {
		try {
			const packet = decode(bytes, connection.version);
			if (packet === 'other-protocol') refuseProtocol(listener, connection);
			else takePacket(listener, connection, packet);
		} catch (error) {
			if (error instanceof Problem) {
				refuseMalformed(connection, error.detail);
				return;
			}
			// CR 7.1: a bug that one peer's packet brings out ends that peer's connection and nobody else's.
			report(error);
			disconnect(connection, reason.implementationSpecific, 'the service failed on this packet');
		}
	};

	const intake = createIntake(
		takeBytes,
		(connection, error) => {
			if (error === 'too-large') refuseTooLarge(listener, connection);
			else if (error === 'too-many') refuseTooMany(listener, connection);
			else refuseMalformed(connection, 'its length is not well-formed');
		},
		(connection) => peers.remove(connection),
		() => tick,
	);
	let authorities = lazyAuthorities(data.tls.clientAuthorities);
	const load: Load = { busy: 0, resume: intake.line };

	/** The fingerprint of a certificate of ours, if one was proved. */
	const accept = (socket: TLSSocket, below: Socket, floor: LinkStep, hello: string): string | null => {
		const certificate = socket.getPeerX509Certificate();
		// The peer showed none, or went away between its handshake and this moment.
		const wrong = certificate === undefined ? 'no CERT' : complaint(socket, certificate, authorities);
		if (certificate === undefined || wrong !== null) {
			if (certificate !== undefined || !socket.closed) stranger(wrong ?? '');
			socket.destroy();
			return null;
		}
		const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
		const groups = floor === 'tls1.3-pq' ? 'hybrid' : 'any';
		const connection = newConnection(socket, below, groups, { fingerprint, hello }, load, tick);
		peers.add(connection);
		socket.setNoDelay(true);
		socket.on('data', (bytes: Buffer) => {
			if (connection.closed) return;
			connection.lastHeard = performance.now();
			intake.push(connection, bytes);
		});
		socket.on('drain', () => {
			pace(connection);
			pump(listener, connection);
		});
		socket.on('close', () => intake.finish(connection));
		return fingerprint;
	};

	/** CR 2.1: a stranger's certificate, or the lack of one; not somebody who speaks no TLS. */
	const stranger = (code: string): void => {
		count('not-authenticated');
		if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code))
			given.add({
				...{ application: '', requirement: 'deny-by-default', code: 'not-authenticated' },
				...{ principal: null, fingerprint: null, reason: `TLS: the client certificate failed (${code})` },
			});
	};

	/** One server for each floor: none can see the group that a handshake chose. */
	const servers = data.listeners.map(({ port, floor }) => {
		const server = createServer({ ...tlsOptions(data.tls, floor, data.patience), pauseOnConnect: true });
		sendNoTickets(server);
		takeEachAsAnchor(server);
		const handshakes = openTlsListener({
			...{ server, patience: data.patience, networks },
			enter: (socket, below, hello) => accept(socket, below, floor, hello),
			// A peer that only went away refused nothing and was refused nothing.
			failed: ({ code = '' }) => void (code !== 'ECONNRESET' && stranger(code)),
			tooSlow: () => count('peer-too-slow'),
			tooLarge: () => count('packet-too-large'),
			tooOften: () => count('request-too-often'),
		});
		return { server, handshakes, port, floor };
	});

	const ticking = setInterval(() => {
		tick++;
		for (const connection of peers.all) {
			checkTimeouts(listener, connection, tick, data.patience / tickLength);
			if (connection.hungUp && connection.closed) peers.remove(connection);
			refill(connection);
		}
		for (const { handshakes } of servers) handshakes.look();
		if (tick % progressTicks === 0) peers.tellProgress();
		if (tick % networkTicks === 0) tellNetworks();
		if (counters.size > 0) {
			channel.tell('counters', [...counters]);
			counters.clear();
		}
		const refused = given.take();
		if (refused.length > 0) channel.tell('refused', refused satisfies GivenRefusals);
		const waited = waits.take();
		if (waited !== null) channel.tell('acknowledgements', waited);
	}, tickLength);

	const ports: number[] = [];
	for (const { server, port } of servers) ports.push(await listen(server, data.host, port, data.shared));

	return {
		ports,
		news: {
			...peers.news,
			revoked: networks.revoked,
			tls: (material) => {
				authorities = lazyAuthorities(material.clientAuthorities);
				for (const { server, floor } of servers) {
					server.setSecureContext(tlsOptions(material, floor, data.patience));
					sendNoTickets(server);
					takeEachAsAnchor(server);
				}
			},
		},
		stop: async () => {
			clearInterval(ticking);
			tellNetworks();
			for (const { handshakes } of servers) handshakes.close();
			waits.stop();
			for (const connection of peers.all) {
				disconnect(connection, reason.serverShuttingDown, 'the service is stopping');
			}
			setTimeout(() => {
				for (const connection of peers.all) connection.socket.destroy();
			}, 500).unref();
			await Promise.all(
				servers.map(({ server }) => new Promise<void>((resolve) => void server.close(() => resolve()))),
			);
		},
	};
};

/**
 * SO_REUSEPORT only where several workers need it: it lets any program of the same user join the port, and the kernel would give it some
 * of the connections.
 */
const listen = (server: Server, host: string, port: number, shared: boolean): Promise<number> =>
	new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen({ host, port, reusePort: shared, backlog: 4096 }, () =>
			resolve((server.address() as AddressInfo).port),
		);
	});
