import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { encodeSenmlJson } from '@keyward/core/observe';
import { generate, type IConnackPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import type { TestIdentity, TestSite } from './site.ts';

export type { IConnectPacket as ConnectPacket, IPublishPacket as PublishPacket, Packet } from 'mqtt-packet';

/** Whatever ends with what it opened: a test, or an attack. */
export type Ends = Pick<TestContext, 'after'>;

/** Milliseconds after which a packet that a test waits for counts as not coming. */
const patience = 120_000;

/** An MQTT peer that sends bytes as it is told and keeps every packet that comes. */
export interface Wire {
	readonly socket: TLSSocket;
	readonly version: 4 | 5;
	/** Packets that came and were not taken by `next` yet. */
	readonly inbox: Packet[];
	/** Takes packets as they come, in place of the inbox. */
	onPacket: ((packet: Packet) => void) | null;
	send(...packets: readonly Packet[]): void;
	bytesOf(packet: Packet): Buffer;
	/** The next packet; `cmd` says which it has to be. Throws when another comes, the connection ends, or nothing comes. */
	next<Cmd extends Packet['cmd']>(cmd: Cmd): Promise<Extract<Packet, { cmd: Cmd }>>;
	/** Resolves when the server has ended the connection; throws when it does not in time. */
	ended(within?: number): Promise<void>;
}

export const openTls = async (t: Ends, port: number, options: ConnectionOptions): Promise<TLSSocket> => {
	const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options });
	t.after(() => socket.destroy());
	socket.on('error', () => {});
	await once(socket, 'secureConnect');
	return socket;
};

export const packetBytes = (packet: Packet, version: 4 | 5): Buffer => generate(packet, { protocolVersion: version });

/** A TLS connection of the identity, and nothing sent on it yet. */
export const openWire = async (
	t: Ends,
	{ mqttsPort }: Pick<TestSite, 'mqttsPort'>,
	{ tls }: Pick<TestIdentity, 'tls'>,
	version: 4 | 5 = 5,
	options: ConnectionOptions = {},
): Promise<Wire> => {
	const socket = await openTls(t, mqttsPort, { ...tls, ...options });
	const reader = parser({ protocolVersion: version });
	const inbox: Packet[] = [];
	let wake: () => void = () => {};
	let over = false;
	reader.on('packet', (packet: Packet) => {
		if (wire.onPacket !== null) return wire.onPacket(packet);
		inbox.push(packet);
		wake();
	});
	socket.on('data', (bytes: Buffer) => void reader.parse(bytes));
	const closed = Promise.withResolvers<void>();
	socket.on('close', () => {
		over = true;
		closed.resolve();
		wake();
	});
	const bytesOf = (packet: Packet): Buffer => packetBytes(packet, version);
	const wire: Wire = {
		socket,
		version,
		inbox,
		onPacket: null,
		bytesOf,
		send: (...packets) => void socket.write(Buffer.concat(packets.map(bytesOf))),
		next: async (cmd) => {
			const late = AbortSignal.timeout(patience);
			while (inbox.length === 0) {
				if (over) throw new Error(`the connection ended; ${cmd} was to come`);
				if (late.aborted) throw new Error(`nothing came; ${cmd} was to come`);
				await new Promise<void>((resolve) => {
					wake = resolve;
					late.addEventListener('abort', () => resolve(), { once: true });
				});
			}
			const packet = inbox.shift();
			if (packet?.cmd !== cmd) throw new Error(`${JSON.stringify(packet)} came; ${cmd} was to come`);
			return packet as never;
		},
		ended: async (within = patience) => {
			const late = new Promise<never>((_resolve, reject) => {
				setTimeout(() => reject(new Error(`the connection still stands after ${within} ms`)), within).unref();
			});
			await Promise.race([closed.promise, late]);
		},
	};
	return wire;
};

export const connectPacket = (version: 4 | 5, more: Partial<Extract<Packet, { cmd: 'connect' }>> = {}): Packet => ({
	cmd: 'connect',
	protocolId: 'MQTT',
	protocolVersion: version,
	clean: true,
	clientId: 'test',
	keepalive: 0,
	...more,
});

/** Connects and reads CONNACK; throws when it says anything but success. */
export const openSession = async (
	t: Ends,
	site: Pick<TestSite, 'mqttsPort'>,
	identity: Pick<TestIdentity, 'tls'>,
	version: 4 | 5 = 5,
	more: Partial<Extract<Packet, { cmd: 'connect' }>> = {},
): Promise<Wire & { readonly connack: IConnackPacket }> => {
	const wire = await openWire(t, site, identity, version);
	wire.send(connectPacket(version, more));
	const connack = await wire.next('connack');
	const code = version === 5 ? connack.reasonCode : connack.returnCode;
	if (code !== 0) throw new Error(`CONNACK says ${String(code)} ${connack.properties?.reasonString ?? ''}`);
	return Object.assign(wire, { connack });
};

/** PUBLISH of readings of `hall/{device}/{stream}`, SenML in JSON. */
export const readingPacket = (
	device: string,
	messageId: number,
	readings: readonly { time: number; value?: number | string | boolean; unit?: string; name?: string }[],
	more: Partial<IPublishPacket> & { stream?: string } = {},
): Packet => {
	const { stream = 'dose-rate', ...packet } = more;
	const payload = encodeSenmlJson(
		readings.map(({ time, value = 1e-7, unit = 'Sv/h', name = `${device}/${stream}` }) => ({
			name,
			unit,
			time,
			value,
		})),
	);
	return {
		cmd: 'publish',
		topic: `hall/${device}/${stream}`,
		payload: Buffer.from(payload),
		qos: 1,
		dup: false,
		retain: false,
		messageId,
		...packet,
	};
};
