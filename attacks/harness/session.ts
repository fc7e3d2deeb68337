import type { ConnectionOptions } from 'node:tls';
import {
	type ConnectPacket,
	connectPacket,
	type Packet,
	type PublishPacket,
	readingPacket,
	type Wire,
} from '@keyward/testing/service/wire';

/** An answer of MQTT: its reason code, and the code of ours that its reason string begins with. */
export interface MqttAnswer {
	/** 0x80 and above refuse. */
	readonly reason: number;
	readonly code: string | null;
	readonly why: string;
}

type Reading = Parameters<typeof readingPacket>[2][number];

/** A wire with CONNECT sent and its answer read. */
export interface Session {
	readonly wire: Wire;
	readonly connack: MqttAnswer;
	/** PUBLISH at QoS 1 of readings of `hall/{device}/{stream}`, and its PUBACK. */
	publish(
		device: string,
		readings: readonly Reading[],
		more?: Partial<PublishPacket> & { stream?: string },
	): Promise<MqttAnswer>;
	/** SUBSCRIBE to one filter at QoS 1, and what its SUBACK says. */
	subscribe(filter: string): Promise<MqttAnswer>;
}

interface Reasoned {
	readonly reasonCode?: number;
	readonly returnCode?: number;
	readonly properties?: { readonly reasonString?: string };
}

/** A packet's reason; `code` is null where the reason string names none. */
export const answerOf = (
	packet: Packet & Reasoned,
	reason = packet.reasonCode ?? packet.returnCode ?? 0,
): MqttAnswer => {
	const why = packet.properties?.reasonString ?? '';
	return { reason, code: /^([a-z0-9-]+): /.exec(why)?.[1] ?? null, why };
};

export interface SessionOptions {
	readonly version?: 4 | 5;
	readonly tls?: ConnectionOptions;
	readonly connect?: Partial<ConnectPacket>;
}

export const openSession = async (
	open: (version: 4 | 5, tls: ConnectionOptions) => Promise<Wire>,
	{ version = 5, tls = {}, connect = {} }: SessionOptions,
): Promise<Session> => {
	const wire = await open(version, tls);
	wire.send(connectPacket(version, connect));
	const connack = answerOf(await wire.next('connack'));
	let last = 0;
	return {
		wire,
		connack,
		publish: async (device, readings, more = {}) => {
			wire.send(readingPacket(device, ++last, readings, more));
			return answerOf(await wire.next('puback'));
		},
		subscribe: async (filter) => {
			wire.send({ cmd: 'subscribe', messageId: ++last, subscriptions: [{ topic: filter, qos: 1 }] });
			const suback = await wire.next('suback');
			const [granted] = suback.granted;
			return answerOf(suback, typeof granted === 'number' ? granted : 0x80);
		},
	};
};
