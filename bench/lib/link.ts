import type { OnReadOpts } from 'node:net';
import { connect as tlsConnect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { connect as connectPacket, disconnect, packetType, PacketReader } from './packet.ts';
import type { Identity } from './target.ts';

export interface Server {
	readonly port: number;
	readonly ca: string;
	/** TLS groups that the client offers, in order; what OpenSSL offers by itself when absent. */
	readonly groups?: string;
	/** 4 is MQTT 3.1.1; MQTT 5 when absent. */
	readonly protocol?: 4;
}

export const contextFor = (server: Server, identity: Identity): SecureContext =>
	createSecureContext({
		ca: server.ca,
		key: identity.key,
		cert: identity.certificate,
		minVersion: 'TLSv1.3',
		...(server.groups === undefined ? {} : { ecdhCurve: server.groups }),
	});

/**
 * An MQTT connection that was accepted. `heard` is called for whatever bytes come, of which the socket emits no `data`;
 * `on` gets every later packet; an unasked-for end calls `lost`.
 */
export interface Link {
	readonly socket: TLSSocket;
	heard: () => void;
	on: (type: number, reason: number) => void;
	lost: (error: Error) => void;
}

/** What was read last, of whichever link: one buffer for all, so that receiving leaves the generator nothing to collect. */
const inbox = Buffer.allocUnsafe(65_536);

/** A full TLS 1.3 handshake with both certificates, then CONNECT to CONNACK. */
export const open = (server: Server, identity: Identity, secureContext: SecureContext): Promise<Link> =>
	new Promise((resolve, reject) => {
		// Documented for tls.connect, and missing from its types.
		const onread: OnReadOpts = {
			buffer: inbox,
			callback: (bytes) => {
				link.heard();
				reader.push(inbox, bytes);
				return true;
			},
		};
		const options = { host: '127.0.0.1', port: server.port, servername: 'localhost', secureContext, onread };
		const socket = tlsConnect(options);
		const fail = (error: Error): void => {
			socket.destroy();
			reject(error);
		};
		const link: Link = { socket, heard: () => undefined, on: () => undefined, lost: fail };
		const reader = new PacketReader((type, reason) => {
			if (type === packetType.disconnect)
				link.lost(new Error(`${identity.clientId}: DISCONNECT 0x${reason.toString(16)}`));
			else if (type !== packetType.connack) link.on(type, reason);
			else if (reason === 0) resolve(link);
			else fail(new Error(`${identity.clientId}: CONNACK 0x${reason.toString(16)}`));
		});
		socket.setNoDelay(true);
		socket.once('secureConnect', () => socket.write(connectPacket(identity.clientId, server.protocol ?? 5)));
		socket.on('error', (error: Error) => link.lost(error));
		socket.on('close', () => link.lost(new Error(`${identity.clientId}: closed by the server`)));
	});

/** Opens one link for each identity, a few at a time; in the order of the identities. */
export const openAll = async (server: Server, identities: readonly Identity[]): Promise<Link[]> => {
	const links: Link[] = [];
	const queue = identities.entries();
	const worker = async (): Promise<void> => {
		for (const [index, identity] of queue) links[index] = await open(server, identity, contextFor(server, identity));
	};
	await Promise.all(Array.from({ length: 16 }, worker));
	return links;
};

/** DISCONNECT and an orderly end, as a client that is done would. */
export const closeAll = (links: readonly Link[]): void => {
	for (const link of links) {
		link.lost = () => undefined;
		link.socket.end(disconnect);
	}
};
