import { receiptTopicOf } from '@keyward/core/device';
import { type Admission, admit } from '@keyward/core/observe';
import { admitSealed, isSealedMessage, mustBeSealed, readingUnsealed } from '@keyward/core/seal';
import { type Connection, disconnect, limits, type OwnStream, type Rights } from '../connection/connection.ts';
import type { LinkListener } from '../connection/listener.ts';
import { type Publish, RETAIN } from '../protocol/publish-packet.ts';
import { takeReceipt } from './receipt.ts';
import { reason } from '../protocol/reason-code.ts';

/** What becomes of a message, and the stream that it is for. */
interface Judged extends Admission {
	readonly stream: OwnStream | undefined;
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
			return decided(connection).then(() => void takePublish(listener, connection, packet));
		}
		return takeReceipt(listener, connection, packet);
	}
	const judged = judge(listener, rights, packet);
	if (connection.duplicates !== null && connection.undecided === 0) connection.duplicates = null;
	if (connection.duplicates === null && mayRepeat(judged)) {
		// CR 7.1: whether these are known has to be looked up, which costs far more than a new reading: from here on the peer
		// has a batch of its own, and only it waits. Answers stay in order, so what is under way is waited for.
		if (connection.undecided > 0) {
			return decided(connection).then(() => void takePublish(listener, connection, packet));
		}
		connection.duplicates = listener.duplicateBatcher();
	}
	if (packet.qos === 1 && ++connection.unanswered > limits.receiveMaximum && connection.version === 5) {
		return refuseTooMany(listener, connection);
	}
	const batcher = connection.duplicates ?? listener.batcher;
	const message = batcher.begin(connection, packet.qos === 1 ? (packet.messageId ?? 0) : 0, packet.length);
	if (judged.refusal !== null) batcher.refuse(message, judged.refusal);
	const { stream } = judged;
	if (stream === undefined) return;
	for (const record of judged.records) {
		batcher.add(rights.session, stream.id, message, record, packet.retain ? RETAIN : 0);
		if (record.identity > stream.newest) stream.newest = record.identity;
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
const mayRepeat = ({ stream, records }: Judged): boolean => {
	if (stream === undefined) return false;
	let { newest } = stream;
	for (const { identity } of records) {
		if (identity <= newest) return true;
		newest = identity;
	}
	return false;
};

const judge = (listener: LinkListener, rights: Rights, packet: Publish): Judged => {
	const stream = rights.streams.find(({ topic }) => topic === packet.topic);
	// CR 2.1: whatever the topic names, if it is not this device's own stream it is refused the same way.
	if (stream === undefined) {
		return {
			stream,
			records: [],
			refusal: rights.withheld ?? {
				code: 'reading-not-own-stream',
				requirement: 'own-streams-only',
				reason: `publish to {application}/{device}/{stream} of your own: ${describeTopics(rights)}`,
			},
		};
	}
	if (isSealedMessage(packet.payload)) {
		return { stream, ...admitSealed(packet.payload, stream.seen, stream.sealing, listener.now()) };
	}
	// sealed-readings: whatever ordered the device to, what comes open is not taken.
	if (mustBeSealed(stream.sealing)) return { stream, records: [], refusal: readingUnsealed };
	const terms = { stream: stream.terms, parameters: rights.parameters, bounds: listener.bounds };
	return { stream, ...admit(packet.payload, rights.author, terms, listener.now()) };
};

const describeTopics = ({ streams }: Rights): string =>
	streams.length === 0 ? 'this certificate may write none' : streams.map(({ topic }) => topic).join(', ');
