import mqtt, { type IPublishPacket, type MqttClient } from 'mqtt';
import { type Bytes, type Milliseconds, Problem } from '@keyward/core';

export interface MqttAddress {
	readonly url: URL;
	readonly login?: { readonly user: string; readonly password: string };
	/** PEM of the CAs that the broker's certificate may be of; those of the system when left out. */
	readonly ca?: string;
	readonly timeout: Milliseconds;
}

export interface Published {
	readonly topic: string;
	readonly payload: Uint8Array;
	/** Kept by the broker from before: nobody knows since when. */
	readonly retained: boolean;
}

/** A broker that sends more without a whole packet would fill the memory. */
const mostBytes: Bytes = 1024 * 1024;

const unavailable = (address: MqttAddress, why: string, cause?: unknown): Problem =>
	new Problem('source-unavailable', `${address.url.host}: ${why}`, { cause });

/**
 * Subscribes to topics of a broker and resolves to what ends it when it ends; `published` is told each message. QoS 1 in a clean
 * session: nothing comes twice. Never throws.
 */
export const listenToBroker = async (
	address: MqttAddress,
	topics: readonly string[],
	signal: AbortSignal,
	{ published, subscribed }: { published(message: Published): void; subscribed(): void },
): Promise<Problem> => {
	const { url, login, ca, timeout } = address;
	let why: Problem | null = null;
	const client: MqttClient = mqtt.connect(url.href, {
		protocolVersion: 4,
		// mqtt-packet would keep a buffer for each number of two bytes: some 12 MB.
		writeCache: false,
		clean: true,
		reconnectPeriod: 0,
		connectTimeout: timeout,
		keepalive: 30,
		resubscribe: false,
		queueQoSZero: false,
		...(login === undefined ? {} : { username: login.user, password: login.password }),
		...(ca === undefined ? {} : { ca }),
	});
	const stop = (): void => void client.end(true);
	signal.addEventListener('abort', stop);
	let since: Bytes = 0;
	client.on('packetreceive', () => (since = 0));
	client.on('message', (topic, payload, { retain }: IPublishPacket) =>
		published({ topic, payload: Uint8Array.from(payload), retained: retain }),
	);
	client.on('error', (error) => {
		const code = 'code' in error ? error.code : undefined;
		why ??= unavailable(
			address,
			typeof code === 'number' ? `the broker refuses: ${error.message}` : `no connection (${code ?? error.message})`,
			error,
		);
		client.end(true);
	});
	client.on('connect', () => {
		client.stream.on('data', ({ length }: Uint8Array) => {
			since += length;
			if (since <= mostBytes) return;
			why ??= new Problem('source-malformed', `${url.host}: more than ${mostBytes} bytes came without a whole message`);
			client.stream.destroy();
		});
		client.subscribe([...topics], { qos: 1 }, (error, granted) => {
			const refused = granted?.filter(({ qos }) => (qos as number) >= 128) ?? [];
			if (error === null && refused.length === 0) return subscribed();
			const names = refused.map(({ topic }) => topic).join(', ') || topics.join(', ');
			why ??= unavailable(address, `the broker refuses to let ${names} be read`, error);
			client.end(true);
		});
	});
	await new Promise<void>((resolve) => {
		client.on('close', () => resolve());
		client.on('end', () => resolve());
	});
	client.end(true);
	signal.removeEventListener('abort', stop);
	return why ?? unavailable(address, 'the connection was lost');
};
