import { constants } from 'node:crypto';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { type Bytes, Problem } from '@keyward/core';
import type { Packet } from 'mqtt-packet';
import { BatchWriter } from '../../live/batch.ts';
import type { Channel } from '../../live/channel.ts';
import type {
	Advanced,
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
import { acknowledge, type Message } from './acknowledge.ts';
import { type Connection, disconnect, limits, newConnection, pace } from './connection.ts';
import { deliver, pump } from './deliver.ts';
import type { LinkListener } from './listener.ts';
import { refuseTooLarge, takePacket } from './packet.ts';
import { reasonOf, reason } from './reason-code.ts';
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

/** A batch this large goes out before its turn ends; some 40,000 of the smallest records. */
const largestBatch: Bytes = 1_048_576;

export const serveMqtt = async (
	data: LinkWorkerData,
	channel: Channel,
	report: (error: unknown) => void,
): Promise<LinkServer> => {
	const connections = new Set<Connection>();
	const sessions = new Map<number, Connection>();
	const followers = new Map<number, Set<Connection>>();
	const counters = new Map<string, number>();
	const writer = new BatchWriter();
	let messages: Message[] = [];
	let tick = 0;
	let lastId = 0;

	/** Everything that came in one turn of the loop is one batch, and its answers go out together. */
	const flush = async (): Promise<void> => {
		const taken = messages;
		if (taken.length === 0) return;
		const bytes = writer.take();
		messages = [];
		try {
			const { refused } = (await channel.ask('batch', { bytes }, [bytes.buffer])) as BatchAnswer;
			for (const { message, refusal } of refused) {
				const held = taken[message];
				if (held !== undefined) held.refusal ??= refusal;
			}
		} catch (error) {
			if (!(error instanceof Problem)) report(error);
			const code = error instanceof Problem ? error.code : 'store-failed';
			const why = error instanceof Problem ? error.detail : 'the service could not store the reading; send it again';
			for (const message of taken) message.refusal ??= { code, requirement: 'input-refused', reason: why };
		}
		for (const { refusal } of taken) if (refusal !== null) listener.count(refusal.code);
		acknowledge(taken);
	};

	const listener: LinkListener = {
		now: () => Date.now(),
		count: (code) => void counters.set(code, (counters.get(code) ?? 0) + 1),
		report,
		openSession: (connection) => {
			const peer = connection.socket.getPeerX509Certificate();
			if (peer === undefined) throw new Problem('not-authenticated', 'no certificate');
			return channel.ask('open', {
				connection: connection.id,
				fingerprint: peer.fingerprint256.replaceAll(':', '').toLowerCase(),
				link: { protocol: connection.socket.getProtocol() ?? 'none', groups: 'any' },
			} satisfies OpenSession) as Promise<SessionAnswer>;
		},
		closeSession: (session) => channel.tell('close', session),
		bind: (connection, session) => void sessions.set(session, connection),
		beginMessage: (connection, identifier, bytes) => {
			if (messages.length === 0) setImmediate(() => void flush());
			else if (writer.size > largestBatch) void flush();
			connection.undecided += bytes;
			return messages.push({ connection, identifier, bytes, refusal: null }) - 1;
		},
		addRecord: (session, stream, message, time, record) => writer.add(session, stream, message, time, record),
		refuseMessage: (message, refusal) => {
			const held = messages[message];
			if (held !== undefined) held.refusal ??= refusal;
		},
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

	const accept = (socket: TLSSocket): void => {
		const connection = newConnection(++lastId, socket, tick);
		connections.add(connection);
		socket.setNoDelay(true);
		connection.parser.on('packet', (packet: Packet) => {
			// Progress: what stays incomplete after this is another packet.
			connection.partialSince = 0;
			takePacket(listener, connection, packet);
		});
		connection.parser.on('error', () => {
			listener.count('packet-malformed');
			disconnect(connection, reason.malformedPacket, 'packet-malformed: the packet is not well-formed MQTT');
		});
		socket.on('data', (bytes: Buffer) => {
			if (connection.closed) return;
			connection.lastHeard = tick;
			let left: Bytes;
			try {
				left = connection.parser.parse(bytes);
			} catch (error) {
				// CR 7.1: a bug that one peer's packet brings out ends that peer's connection and nobody else's.
				report(error);
				disconnect(connection, reason.implementationSpecific, 'the service failed on this packet');
				return;
			}
			connection.partialSince = left === 0 ? 0 : connection.partialSince || tick + 1;
			if (left > limits.maximumPacketSize) refuseTooLarge(listener, connection);
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
const tlsOptions = ({ tls, allowTls12, patience }: LinkWorkerData): TlsOptions => ({
	cert: tls.certificate,
	key: tls.key,
	ca: tls.clientAuthorities,
	requestCert: true,
	rejectUnauthorized: true,
	minVersion: allowTls12 ? 'TLSv1.2' : 'TLSv1.3',
	maxVersion: 'TLSv1.3',
	ciphers:
		'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305',
	ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
	honorCipherOrder: true,
	handshakeTimeout: patience,
	secureOptions: constants.SSL_OP_NO_TICKET,
});
