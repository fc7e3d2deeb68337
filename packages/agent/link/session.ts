import type { TLSSocket } from 'node:tls';
import mqtt, { type IConnackPacket, type MqttClient, type Packet } from 'mqtt';
import { defaultClockTolerance, hours, type Instant, writtenInstant } from '@keyward/core';
import { describeAlert } from './dial.ts';
import type { LinkSettings, Message, ServiceTime, TakenTimes } from './message.ts';
import { monotonic } from './monotonic.ts';
import { describeReason } from './reason.ts';

/** Seconds of silence after which a PINGREQ is sent (MQTT 5 §3.1.2.10). */
const keepAlive = 30;

export interface SessionEvents {
	/** `window`: how many messages the service takes in flight (MQTT 5 §3.2.2.3.3). */
	readonly onConnect: (window: number, said: ServiceTime) => void;
	/** Called once; `code` is the reason code of a CONNACK or DISCONNECT, null when the connection just ended. */
	readonly onEnd: (why: string, code: number | null) => void;
}

/** One MQTT connection; MQTT.js neither reconnects nor keeps anything by itself here. */
export class Session {
	readonly #client: MqttClient;
	#why = 'the connection was closed';
	#code: number | null = null;

	constructor(
		socket: TLSSocket,
		clientId: string,
		software: LinkSettings['software'],
		{ onConnect, onEnd }: SessionEvents,
	) {
		const said = saidOf(software);
		const client = new mqtt.MqttClient(() => socket, {
			protocolVersion: 5,
			// mqtt-packet would keep a buffer for each number of two bytes: some 12 MB.
			writeCache: false,
			clientId,
			clean: true,
			keepalive: keepAlive,
			reconnectPeriod: 0,
			connectTimeout: 20_000,
			queueQoSZero: false,
			resubscribe: false,
			// MQTT.js writes no CONNECT with properties of which none is there.
			...(Object.keys(said).length > 0 && { properties: { userProperties: said } }),
		});
		this.#client = client;
		const asked = monotonic();
		// MQTT.js takes its own listener away when it ends; a DISCONNECT written to a peer that has left must not crash us.
		socket.on('error', () => {});
		let ended = false;
		client.on('packetreceive', (packet: Packet) => this.#note(packet));
		client.on('connect', ({ properties }: IConnackPacket) =>
			onConnect(properties?.receiveMaximum ?? 65_535, {
				time: timeOf(properties?.userProperties?.['time']),
				asked,
				signs: signsOf(properties?.userProperties?.['sign']),
				epochs: numbersOf(properties?.userProperties?.['epoch'], 2 ** 32 - 1),
				sequences: numbersOf(properties?.userProperties?.['sequence'], 2 ** 20),
				taken: takenOf(properties?.userProperties),
			}),
		);
		client.on('error', (error: Error) => {
			if (this.#code === null) this.#why = describeAlert(error) ?? error.message;
			// What follows a packet that could not be parsed cannot be trusted to be where it seems to be.
			client.stream.destroy();
		});
		client.on('close', () => {
			if (ended) return;
			ended = true;
			client.end(true);
			onEnd(this.#why, this.#code);
		});
	}

	publish({ topic, contentType, payload }: Message, answered: (code: number, said: string | undefined) => void): void {
		this.#client.publish(
			topic,
			Buffer.from(payload),
			{ qos: 1, properties: { contentType } },
			(error: unknown, packet?: Packet) => {
				if (error === null || error === undefined) answered(0, undefined);
				// Anything that is not a PUBACK means that the connection ended: the message is published again.
				else if (packet?.cmd === 'puback') answered(packet.reasonCode ?? 0x80, packet.properties?.reasonString);
			},
		);
	}

	/**
	 * Takes what comes on the topic. With QoS 0: what makes a delivery durable is the answer to it, not that it came, and what was
	 * not answered comes again with the next session.
	 */
	follow(topic: string, take: (payload: Uint8Array) => void): void {
		this.#client.on('message', (of: string, payload: Buffer) => {
			if (of === topic) take(new Uint8Array(payload));
		});
		this.#client.subscribe(topic, { qos: 0 }, () => {});
	}

	/** Whether the service lets this session subscribe to the topic; a subscription that stands is ended. */
	async subscribes(topic: string): Promise<boolean> {
		const granted = await new Promise<boolean>((resolve) => {
			this.#client.subscribe(topic, { qos: 0 }, (error, answers) =>
				resolve(error === null && (answers ?? []).some(({ qos }) => qos < 0x80)),
			);
		});
		if (granted) this.#client.unsubscribe(topic);
		return granted;
	}

	abandon(why: string): void {
		this.#why = why;
		this.#client.stream.destroy();
	}

	/** Says DISCONNECT when nothing is in flight any more (MQTT.js waits for that), and closes. */
	async close(): Promise<void> {
		const { stream } = this.#client;
		if (stream.destroyed) return;
		const closed = new Promise((resolve) => stream.once('close', resolve));
		this.#client.end(false);
		const force = setTimeout(() => stream.destroy(), 500);
		await closed;
		clearTimeout(force);
	}

	#note(packet: Packet): void {
		if (packet.cmd !== 'disconnect' && packet.cmd !== 'connack') return;
		const { reasonCode, properties } = packet;
		if (packet.cmd === 'connack' && reasonCode === 0) return;
		this.#code = reasonCode ?? 0;
		this.#why = describeReason(this.#code, properties?.reasonString);
	}
}

/** docs/mqtt.md: what a device says that it runs. */
const saidOf = ({ version, agent }: LinkSettings['software']): Record<string, string> => ({
	...(version !== null && { 'software-version': version }),
	...(agent !== null && { 'agent-version': agent }),
});

/** The service's time as CONNACK has it (docs/mqtt.md); null for anything else. */
const timeOf = (said: unknown): Instant | null => {
	if (typeof said !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(said)) return null;
	return writtenInstant(said);
};

const MOST_TOLERANCE = hours(1);

/** Which times it takes, as CONNACK has it (docs/mqtt.md). What is not said, or is no bound, leaves the usual one; no word makes it lax. */
const takenOf = (said: Readonly<Record<string, unknown>> | undefined): TakenTimes => {
	const tolerance = said?.['clock-tolerance'];
	const known = typeof tolerance === 'string' && /^\d{1,9}(?:\.\d{1,3})?$/.test(tolerance);
	return {
		tolerance: known ? Math.min(Number(tolerance) * 1000, MOST_TOLERANCE) : defaultClockTolerance,
		earliest: timeOf(said?.['earliest-time']),
	};
};

/** `stream number` each, as CONNACK has them (docs/mqtt.md). */
const numbersOf = (said: unknown, below: number): ServiceTime['epochs'] =>
	(Array.isArray(said) ? said : [said]).flatMap((one: unknown) => {
		const [, stream, number] = typeof one === 'string' ? (/^(\S+) (\d{1,10})$/.exec(one) ?? []) : [];
		// Nobody makes the agent count past the end.
		return stream === undefined || number === undefined || Number(number) >= below
			? []
			: [[stream, Number(number)] as const];
	});

/** `stream seconds unit` each, as CONNACK has them (docs/mqtt.md). */
const signsOf = (said: unknown): ServiceTime['signs'] =>
	(Array.isArray(said) ? said : [said]).flatMap((one: unknown) => {
		const [, stream, within, unit] =
			typeof one === 'string' ? (/^(\S+) (\d{1,9}(?:\.\d{1,3})?) (\S{0,32})$/.exec(one) ?? []) : [];
		if (stream === undefined || within === undefined || unit === undefined) return [];
		return [[stream, Math.round(Number(within) * 1000), unit] as const];
	});
