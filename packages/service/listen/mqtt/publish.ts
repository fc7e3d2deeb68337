import type { IPublishPacket } from 'mqtt-packet';
import { Problem, type Refusal } from '@keyward/core';
import { decodePack, encodeRecord, judgeRecord } from '@keyward/core/observe';
import { type Connection, disconnect, limits } from './connection.ts';
import type { LinkListener } from './listener.ts';
import { reason } from './reason-code.ts';

/** PUBLISH (MQTT 5 §3.3) from a device: every record of it goes to the committer, or the reason why not is kept. */
export const takePublish = (listener: LinkListener, connection: Connection, packet: IPublishPacket): void => {
	const { rights } = connection;
	if (rights === null) return;
	// [MQTT-3.2.2-11], [MQTT-3.2.2-14]: CONNACK said what is not supported here.
	if (packet.qos === 2) return end(listener, connection, reason.qosNotSupported, 'publish with QoS 0 or 1');
	if (packet.retain && connection.version === 5) {
		return end(listener, connection, reason.retainNotSupported, 'publish without retain');
	}
	if (packet.properties?.topicAlias !== undefined) {
		return end(listener, connection, reason.topicAliasInvalid, 'publish without topic alias');
	}
	// [MQTT-2.2.1-4]: 0 identifies nothing, so nothing could acknowledge it.
	if (packet.qos === 1 && packet.messageId === 0) {
		listener.count('packet-malformed');
		disconnect(connection, reason.protocolError, 'packet-malformed: a packet identifier is not 0');
		return;
	}
	if (packet.qos === 1 && ++connection.unanswered > limits.receiveMaximum && connection.version === 5) {
		return end(listener, connection, reason.receiveMaximumExceeded, 'more messages in flight than announced');
	}

	const message = listener.batcher.begin(
		connection,
		packet.qos === 1 ? (packet.messageId ?? 0) : 0,
		packet.length ?? packet.payload.length,
	);
	const refusal = takeRecords(listener, connection, message, packet);
	if (refusal !== null) listener.batcher.refuse(message, refusal);
};

const end = (listener: LinkListener, connection: Connection, code: Parameters<typeof disconnect>[1], why: string) => {
	listener.count('packet-unsupported');
	disconnect(connection, code, `packet-unsupported: ${why}`);
};

/** Adds the good records to the batch; gives the first refusal. */
const takeRecords = (
	listener: LinkListener,
	connection: Connection,
	message: number,
	packet: IPublishPacket,
): Refusal | null => {
	const { rights } = connection;
	const stream = rights?.streams.find(({ terms }) => isTopicOf(packet.topic, connection, terms.name));
	// CR 2.1: whatever the topic names, if it is not this device's own stream it is refused the same way.
	if (rights === null || stream === undefined) {
		return {
			code: 'reading-not-own-stream',
			requirement: 'own-streams-only',
			reason: `publish to {application}/{device}/{stream} of your own: ${describeTopics(connection)}`,
		};
	}
	let refusal: Refusal | null = null;
	const now = listener.now();
	let records;
	try {
		records = decodePack(packet.payload as Buffer);
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return { code: error.code, requirement: 'input-refused', reason: error.detail };
	}
	for (const record of records) {
		if (record instanceof Problem) {
			refusal ??= { code: record.code, requirement: 'input-refused', reason: record.detail };
			continue;
		}
		const judged = judgeRecord(record, rights.principal.id, stream.terms, rights.parameters, now);
		if (judged !== null) {
			refusal ??= judged;
			continue;
		}
		const bytes = encodeRecord(record);
		if (bytes.length > limits.record) {
			refusal ??= { code: 'reading-too-large', requirement: 'input-refused', reason: 'one record is over 64 KiB' };
			continue;
		}
		listener.batcher.add(rights.session, stream.id, message, record.time, bytes);
	}
	return refusal;
};

/** Compared piece by piece: this runs for each message. */
const isTopicOf = (topic: string, { rights }: Connection, stream: string): boolean => {
	if (rights === null || rights.principal.kind !== 'device') return false;
	const { application, id } = rights.principal;
	return (
		topic.length === application.length + id.length + stream.length + 2 &&
		topic.startsWith(application) &&
		topic.startsWith(`/${id}/`, application.length) &&
		topic.endsWith(stream)
	);
};

const describeTopics = ({ rights }: Connection): string =>
	rights === null || rights.streams.length === 0
		? 'this certificate may write none'
		: rights.streams
				.map(({ terms }) => `${rights.principal.application}/${rights.principal.id}/${terms.name}`)
				.join(', ');
