import { receiptTopicOf } from '@keyward/core/device/stream-name';
import { type Instant, Problem, type Refusal, seconds } from '@keyward/core';
import { type Admission, admit, admitRecords, type MessageTerms, readMapped } from '@keyward/core/observe';
import type { TopicMap } from '@keyward/core/policy';
import {
	admitOpenCheckpoint,
	admitSealed,
	isOpenCheckpoint,
	isSealedMessage,
	mustBeSealed,
	readingUnsealed,
	recallStream,
} from '@keyward/core/seal';
import { type Connection, disconnect, limits, type OwnStream, type Rights } from '../connection/connection.ts';
import type { LinkListener } from '../connection/listener.ts';
import { type Publish, RETAIN } from '../protocol/publish-packet.ts';
import { takeReceipt } from './receipt.ts';
import { reason } from '../protocol/reason-code.ts';

/** Messages that come this close together are told apart by their order. */
const SAME_MOMENT = seconds(1);

/** What becomes of a message: the records of each stream that it is for, and the first reason why something of it is refused. */
interface Judged {
	readonly parts: readonly { readonly stream: OwnStream; readonly records: Admission['records'] }[];
	readonly refusal: Admission['refusal'];
}

/**
 * PUBLISH (MQTT 5 §3.3) from a device: every record of it goes to the committer, or the reason why not is kept. A promise
 * when what the peer sends next has to wait for it.
 */
export const takePublish = (
	listener: LinkListener,
	connection: Connection,
	packet: Publish,
): Promise<void> | undefined => {
	const { rights } = connection;
	if (rights === null) return;
	// [MQTT-3.2.2-11]: CONNACK said what is not supported here.
	if (packet.qos === 2) return end(listener, connection, reason.qosNotSupported, 'publish with QoS 0 or 1');
	if (packet.aliased) {
		return end(listener, connection, reason.topicAliasInvalid, 'publish without topic alias');
	}
	// [MQTT-3.3.2-2]
	if (packet.topic === '' || packet.wildcard) {
		listener.count('packet-malformed');
		disconnect(connection, reason.topicNameInvalid, 'packet-malformed: a topic name is not empty, nor a filter');
		return;
	}
	// [MQTT-2.2.1-4]: 0 identifies nothing, so nothing could acknowledge it.
	if (packet.qos === 1 && packet.messageId === 0) {
		listener.count('packet-malformed');
		disconnect(connection, reason.protocolError, 'packet-malformed: a packet identifier is not 0');
		return;
	}
	if (packet.topic.endsWith('/_receipts') && packet.topic === receiptTopicOf(rights.principal)) {
		// [MQTT-4.6.0-2]: what came before is answered before.
		if (connection.undecided > 0) {
			return decided(connection).then(() => takePublish(listener, connection, packet));
		}
		return takeReceipt(listener, connection, packet);
	}
	const judged = judge(listener, rights, packet);
	if (connection.duplicates !== null && connection.undecided === 0) connection.duplicates = null;
	if (connection.duplicates === null && mayRepeat(judged)) {
		// CR 7.1: whether these are known has to be looked up, which costs far more than a new reading: from here on the peer
		// has its own batch, and only it waits. Answers stay in order, so what is under way is waited for.
		if (connection.undecided > 0) {
			return decided(connection).then(() => takePublish(listener, connection, packet));
		}
		connection.duplicates = listener.duplicateBatcher();
	}
	if (packet.qos === 1 && ++connection.unanswered > limits.receiveMaximum && connection.version === 5) {
		return refuseTooMany(listener, connection);
	}
	const batcher = connection.duplicates ?? listener.batcher;
	const message = batcher.begin(connection, packet.qos === 1 ? (packet.messageId ?? 0) : 0, packet.length);
	if (judged.refusal !== null) batcher.refuse(message, judged.refusal);
	for (const { stream, records } of judged.parts) {
		for (const record of records) {
			batcher.add(rights.session, stream.id, message, record, packet.retain ? RETAIN : 0);
			if (record.identity > stream.newest) stream.newest = record.identity;
		}
	}
};

/** [MQTT-3.3.4-9]: more messages in flight than CONNACK announced. */
export const refuseTooMany = (listener: LinkListener, connection: Connection): undefined =>
	end(listener, connection, reason.receiveMaximumExceeded, 'more messages in flight than announced');

const end = (
	listener: LinkListener,
	connection: Connection,
	code: Parameters<typeof disconnect>[1],
	why: string,
): undefined => {
	listener.count('packet-unsupported');
	disconnect(connection, code, `packet-unsupported: ${why}`);
};

/** Resolves when nothing of the peer's is undecided. */
const decided = (connection: Connection): Promise<void> =>
	new Promise((resolve) => {
		connection.onDecided = () => {
			connection.onDecided = null;
			resolve();
		};
	});

/** Whether one of them may be stored already. */
const mayRepeat = ({ parts }: Judged): boolean => {
	for (const { stream, records } of parts) {
		let { newest } = stream;
		for (const { identity } of records) {
			if (identity <= newest) return true;
			newest = identity;
		}
	}
	return false;
};

const judge = (listener: LinkListener, rights: Rights, packet: Publish): Judged => {
	const stream = rights.streams.find(({ topic }) => topic === packet.topic);
	if (stream === undefined) return judgeForeign(listener, rights, packet) ?? { parts: [], refusal: notOwn(rights) };
	const { records, refusal } = judgeOwn(listener, rights, packet, stream);
	return { parts: [{ stream, records }], refusal };
};

/** CR 2.1: whatever the topic names, if it is not this device's own stream it is refused the same way. */
const notOwn = (rights: Rights): Refusal =>
	rights.withheld ?? {
		code: 'reading-not-own-stream',
		requirement: 'own-streams-only',
		reason: `publish to {application}/{device}/{stream} of your own: ${describeTopics(rights)}`,
	};

const judgeOwn = (listener: LinkListener, rights: Rights, packet: Publish, stream: OwnStream): Admission => {
	// Of a sealed stream every checkpoint is of an epoch.
	if (isOpenCheckpoint(packet.payload) && !mustBeSealed(stream.sealing))
		return admitOpenCheckpoint(packet.payload, stream.sealing.name, stream.keys);
	if (isSealedMessage(packet.payload)) {
		stream.seen ??= recallStream([], stream.sealing);
		return admitSealed(packet.payload, stream.seen, stream.sealing, listener.now());
	}
	// sealed-readings: whatever ordered the device to, what comes open is not taken.
	if (mustBeSealed(stream.sealing)) return { records: [], refusal: readingUnsealed };
	return admit(packet.payload, rights.author, termsOf(listener, rights, stream), listener.now());
};

const termsOf = (listener: LinkListener, { parameters }: Rights, { terms }: OwnStream): MessageTerms => ({
	...{ stream: terms, parameters, bounds: listener.bounds },
});

/**
 * What a device publishes as its manufacturer made it, by the maps of its class: filed under this device's own streams alone, whatever the
 * topic says. Other topics of such a device, outside its application, are passed over: nothing of them is kept. Null for a class
 * without maps, and within the application.
 */
const judgeForeign = (listener: LinkListener, rights: Rights, packet: Publish): Judged | null => {
	if (rights.topics.length === 0) return null;
	const map = rights.topics.find(({ topic }) => topic === packet.topic);
	if (map === undefined) {
		if (packet.topic.startsWith(`${rights.principal.application}/`)) return null;
		listener.count('topic-passed-over');
		return { parts: [], refusal: null };
	}
	const now = listener.now();
	const parts: { readonly stream: OwnStream; readonly records: Admission['records'] }[] = [];
	let refusal: Refusal | null = null;
	let found: ReturnType<typeof readMapped>;
	try {
		found = readMapped(packet.payload, map, arrivalOf(rights, map, now));
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return { parts, refusal: { code: error.code, requirement: 'input-refused', reason: error.detail } };
	}
	for (const { stream: name, record } of found) {
		const stream = rights.streams.find(({ terms }) => terms.name === name);
		if (stream === undefined) refusal ??= notOwn(rights);
		else if (mustBeSealed(stream.sealing)) refusal ??= readingUnsealed;
		else {
			const { device } = rights.author;
			const named =
				record instanceof Problem ? record : { ...record, name: `${device}/${name}`, unit: stream.terms.unit };
			const admitted = admitRecords([named], rights.author, termsOf(listener, rights, stream), now);
			refusal ??= admitted.refusal;
			parts.push({ stream, records: admitted.records });
		}
	}
	return { parts, refusal };
};

/** Now, and after the newest of its streams where two messages came within a millisecond: each is a reading. */
const arrivalOf = ({ streams }: Rights, { values }: TopicMap, now: Instant): Instant => {
	let arrival = now;
	for (const { terms, newest } of streams)
		if (values.has(terms.name) && newest >= arrival && newest < now + SAME_MOMENT) arrival = newest + 1;
	return arrival;
};

const describeTopics = ({ streams }: Rights): string =>
	streams.length === 0 ? 'this certificate may write none' : streams.map(({ topic }) => topic).join(', ');
