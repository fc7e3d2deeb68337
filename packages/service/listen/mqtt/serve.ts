import { constants } from 'node:crypto';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { Problem } from '@keyward/core';
import type { Channel } from '../../live/channel.ts';
import type {
	Advanced,
	Batch,
	BatchAnswer,
	CutSession,
	FollowChanged,
	FollowedStream,
	LinkWorkerData,
	OpenSession,
	PushedRow,
	RightsChanged,
	SessionAnswer,
	TlsMaterial,
} from '../../live/link-messages.ts';
import { createBatcher } from './batcher.ts';
import { type Connection, disconnect, newConnection, pace } from './connection.ts';
import { deliver, pump } from './deliver.ts';
import type { LinkListener } from './listener.ts';
import { refuseTooLarge, takePacket } from './packet.ts';
import { reasonOf, reason } from './reason-code.ts';
import { createDecoder } from './decoder.ts';
import { changeFollows } from './subscribe.ts';

/** One link worker's listener: it owns sockets, TLS and stateless verification; everything else it asks. */
export interface LinkServer {
	readonly port: number;
	/** What the committer tells this worker, by topic. */
	readonly news: {
		tls(material: TlsMaterial): void;
		cut(news: CutSession): void;
		rights(news: RightsChanged): void;
		follows(news: FollowChanged): void;
		advanced(news: Advanced): void;
	};
	stop(): Promise<void>;
}

/** Milliseconds of the listener's tick: keep-alive, patience and counters are looked at this often. */
const tickLength = 1000;

export const serveMqtt = async (
	data: LinkWorkerData,
	channel: Channel,
	report: (error: unknown) => void,
): Promise<LinkServer> => {
	const connections = new Set<Connection>();
	const sessions = new Map<number, Connection>();
	const followers = new Map<number, Set<Connection>>();
	const counters = new Map<string, number>();
	let tick = 0;
	let lastId = 0;

	const count = (code: string): void => void counters.set(code, (counters.get(code) ?? 0) + 1);
	const send = (bytes: Uint8Array<ArrayBuffer>): Promise<BatchAnswer> =>
		channel.ask('batch', { bytes } satisfies Batch, [bytes.buffer]) as Promise<BatchAnswer>;
	const batcher = createBatcher(send, count, report);
	const decode = createDecoder();

	const listener: LinkListener = {
		now: () => Date.now(),
		count,
		report,
		openSession: (connection) => {
			const peer = connection.socket.getPeerX509Certificate();
			if (peer === undefined) throw new Problem('not-authenticated', 'no certificate');
			return channel.ask('open', {
				connection: connection.id,
				fingerprint: peer.fingerprint256.replaceAll(':', '').toLowerCase(),
				link: { protocol: connection.socket.getProtocol() ?? 'none', groups: data.groups },
			} satisfies OpenSession) as Promise<SessionAnswer>;
		},
		closeSession: (session) => channel.tell('close', session),
		bind: (connection, session) => void sessions.set(session, connection),
		batcher,
		subscribe: (session, filter) =>
			channel.ask('subscribe', { session, filter }) as Promise<readonly FollowedStream[] | null>,
		unsubscribe: (session, filter) => channel.tell('unsubscribe', { session, filter }),
		follow: (connection, stream) => {
			const known = followers.get(stream);
			if (known === undefined) followers.set(stream, new Set([connection]));
			else known.add(connection);
		},
		unfollow: (connection, stream) => {
			const known = followers.get(stream);
			known?.delete(connection);
			if (known?.size === 0) followers.delete(stream);
		},
		page: (request) => channel.ask('page', request) as Promise<readonly PushedRow[]>,
	};

	const refuseMalformed = (connection: Connection, why: string): void => {
		count('packet-malformed');
		disconnect(connection, reason.malformedPacket, `packet-malformed: ${why}`);
	};

	const takeBytes = (connection: Connection, bytes: Buffer): void => {
		try {
			takePacket(listener, connection, decode(bytes, connection.version));
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

	const accept = (socket: TLSSocket): void => {
		const connection = newConnection(++lastId, socket, tick);
		connections.add(connection);
		socket.setNoDelay(true);
		const takeOne = (bytes: Buffer): void => {
			if (connection.closed) return;
			// Progress: what stays incomplete after this is another packet.
			connection.partialSince = 0;
			takeBytes(connection, bytes);
		};
		socket.on('data', (bytes: Buffer) => {
			if (connection.closed) return;
			connection.lastHeard = tick;
			const error = connection.framer.push(bytes, takeOne);
			if (error === 'too-large') refuseTooLarge(listener, connection);
			else if (error === 'malformed') refuseMalformed(connection, 'its length is not well-formed');
			connection.partialSince = connection.framer.pending === 0 ? 0 : connection.partialSince || tick + 1;
			pace(connection);
		});
		socket.on('drain', () => {
			pace(connection);
			pump(listener, connection);
		});
		socket.on('error', () => socket.destroy());
		socket.on('close', () => {
			connection.closed = true;
			connections.delete(connection);
			for (const stream of connection.follows.keys()) listener.unfollow(connection, stream);
			if (connection.rights === null) return;
			sessions.delete(connection.rights.session);
			listener.closeSession(connection.rights.session);
		});
	};

	const server = createServer(tlsOptions(data), accept);
	server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
		// A peer that only went away refused nothing and was refused nothing.
		if (error.code !== 'ECONNRESET') listener.count('not-authenticated');
		socket.destroy();
	});

	const ticking = setInterval(() => {
		tick++;
		for (const connection of connections) lookAfter(listener, connection, tick, data.patience / tickLength);
		if (counters.size > 0) {
			channel.tell('counters', [...counters]);
			counters.clear();
		}
	}, tickLength);

	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen({ host: data.host, port: data.port, reusePort: true, backlog: 4096 }, resolve);
	});

	return {
		port: (server.address() as AddressInfo).port,
		news: {
			tls: (material) => server.setSecureContext(tlsOptions({ ...data, tls: material })),
			cut: ({ session, refusal }) => {
				const connection = sessions.get(session);
				if (connection === undefined) return;
				disconnect(connection, reasonOf(refusal.code), `${refusal.code}: ${refusal.reason}`);
			},
			rights: ({ session, rights }) => {
				const connection = sessions.get(session);
				if (connection !== undefined) connection.rights = rights;
			},
			follows: ({ session, filter, streams }) => {
				const connection = sessions.get(session);
				if (connection !== undefined) changeFollows(listener, connection, filter, streams);
			},
			advanced: ({ stream, rows }) => {
				for (const connection of followers.get(stream) ?? []) deliver(listener, connection, stream, rows);
			},
		},
		stop: async () => {
			clearInterval(ticking);
			for (const connection of connections) {
				disconnect(connection, reason.serverShuttingDown, 'the service is stopping');
			}
			await new Promise<void>((resolve) => {
				server.close(() => resolve());
				setTimeout(() => {
					for (const connection of connections) connection.socket.destroy();
				}, 500).unref();
			});
		},
	};
};

/** CR 7.1: whoever opens and says nothing, or stops half-way, must not hold what others need. */
const lookAfter = (listener: LinkListener, connection: Connection, tick: number, patience: number): void => {
	if (connection.closed) {
		connection.socket.destroy();
		return;
	}
	const silent = tick - connection.lastHeard;
	if (connection.rights === null ? tick - connection.opened > patience : false) {
		listener.count('peer-too-slow');
		connection.socket.destroy();
	} else if (connection.partialSince !== 0 && tick - connection.partialSince > patience) {
		listener.count('peer-too-slow');
		disconnect(connection, reason.protocolError, 'peer-too-slow: a packet was begun and not finished');
	} else if (connection.keepAlive !== 0 && silent > connection.keepAlive * 1.5) {
		// [MQTT-3.1.2-22]
		disconnect(connection, reason.keepAliveTimeout, 'nothing was heard for one and a half keep-alives');
	}
};

/**
 * TLS 1.3 with certificates on both sides (RFC 8446 §4.4.2). The client's must chain to the site root or an issuing CA; a
 * service certificate does not. Without tickets every session proves its key anew, so that a revoked one cannot resume.
 * link-integrity (CR 3.1): AEAD suites alone, so that nobody on the way can change a record unseen.
 */
const tlsOptions = ({ tls, groups, allowTls12, patience }: LinkWorkerData): TlsOptions => ({
	cert: tls.certificate,
	key: tls.key,
	ca: tls.clientAuthorities,
	requestCert: true,
	rejectUnauthorized: true,
	minVersion: allowTls12 ? 'TLSv1.2' : 'TLSv1.3',
	maxVersion: 'TLSv1.3',
	ciphers:
		'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305',
	ecdhCurve: groups === 'hybrid' ? 'X25519MLKEM768' : 'X25519MLKEM768:X25519:P-256:P-384',
	honorCipherOrder: true,
	handshakeTimeout: patience,
	secureOptions: constants.SSL_OP_NO_TICKET,
});
