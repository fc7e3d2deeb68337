import mqtt, { type MqttClient } from 'mqtt';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { topicOf } from '@keyward/core/device';
import { jsonLine, type StreamReading } from '@keyward/core/export';
import type { Sink } from './sink.ts';

export interface BrokerAddress {
	readonly url: URL;
	readonly login?: { readonly user: string; readonly password: string };
	/** PEM of the CAs that the broker's certificate may be of. */
	readonly ca?: string;
}

const PATIENCE: Milliseconds = seconds(10);

/**
 * Publishes each reading as JSON at QoS 1 under its own topic, below the path of the address. A page counts when the broker has
 * acknowledged all of it; one that was cut short is published again, with the same cursors, by which a subscriber knows it.
 */
export const openMqttSink = (address: BrokerAddress): Sink => {
	let connected: Promise<MqttClient> | null = null;
	const prefix = address.url.pathname
		.split('/')
		.filter((level) => level !== '')
		.join('/');
	const topic = (reading: StreamReading): string => `${prefix === '' ? '' : `${prefix}/`}${topicOf(reading)}`;
	const drop = (): void => {
		void connected?.then((client) => client.end(true)).catch(() => undefined);
		connected = null;
	};
	return {
		promise: 'each reading is published at least once, again after a crash; its cursor tells a repetition',
		put: async (readings) => {
			try {
				connected ??= connect(address, () => (connected = null));
				const client = await connected;
				await acknowledged(
					client,
					readings.map((one) => [topic(one), jsonLine(one).trimEnd()] as const),
				);
				return 0;
			} catch (cause) {
				drop();
				throw asProblem(address, cause);
			}
		},
		close: async () => {
			await connected?.then((client) => client.endAsync()).catch(() => undefined);
		},
	};
};

/** Resolves when the broker has acknowledged every one; throws when it is lost before. */
const acknowledged = async (client: MqttClient, messages: readonly (readonly [string, string])[]): Promise<void> => {
	const late = AbortSignal.timeout(PATIENCE + messages.length * 10);
	let lost: (error: Error) => void = () => {};
	const broken = new Promise<never>((_, reject) => (lost = reject));
	const cut = (): void => lost(new Error('the connection was lost'));
	const slow = (): void => lost(new Error('no acknowledgement came'));
	client.on('close', cut);
	late.addEventListener('abort', slow);
	try {
		const published = Promise.all(messages.map(([topic, text]) => client.publishAsync(topic, text, { qos: 1 })));
		published.catch(() => undefined);
		await Promise.race([published, broken]);
	} finally {
		client.off('close', cut);
		late.removeEventListener('abort', slow);
	}
};

/** `onClosed` is told when the connection is over: the next page is published on a new one. */
const connect = async ({ url, login, ca }: BrokerAddress, onClosed: () => void): Promise<MqttClient> => {
	const client = await mqtt.connectAsync(`${url.protocol}//${url.host}`, {
		protocolVersion: 4,
		// mqtt-packet would keep a buffer for each number of two bytes: some 12 MB.
		writeCache: false,
		clean: true,
		reconnectPeriod: 0,
		connectTimeout: PATIENCE,
		keepalive: 30,
		queueQoSZero: false,
		...(login === undefined ? {} : { username: login.user, password: login.password }),
		...(ca === undefined ? {} : { ca }),
	});
	client.on('error', () => undefined);
	client.on('close', () => {
		onClosed();
		client.end(true);
	});
	return client;
};

/** A broker that says no at the connection (return codes 1 to 5) says so again. */
const asProblem = ({ url }: BrokerAddress, cause: unknown): Problem => {
	const { code, message } = cause as { readonly code?: string | number; readonly message?: string };
	return typeof code === 'number' && code !== 3
		? new Problem('target-refused', `${url.host}: the broker refuses: ${message}`, { cause })
		: new Problem('target-unavailable', `${url.host}: no connection (${code ?? message})`, { cause });
};
