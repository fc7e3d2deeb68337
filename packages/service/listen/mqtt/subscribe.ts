import type { ISubscribePacket, ISubscription, IUnsubscribePacket } from 'mqtt-packet';
import type { KeptSubscription } from '@keyward/core/port';
import type { FollowedStream, Subscribed } from '../../live/link-messages.ts';
import { isFilter } from '../../live/topic-filter.ts';
import { addSingle, type Connection, disconnect, type Filter, limits, send } from './connection.ts';
import { pump } from './deliver.ts';
import type { LinkListener } from './listener.ts';
import { reason } from './reason-code.ts';

/** MQTT 3.1.1 §3.9.3. */
const failure311 = 0x80;

/** SUBSCRIBE (MQTT 5 §3.8). A filter that no right of the peer's touches is refused, whether or not anything matches it. */
export const takeSubscribe = async (
	listener: LinkListener,
	connection: Connection,
	packet: ISubscribePacket,
): Promise<void> => {
	const { rights } = connection;
	if (rights === null) return;
	// MQTT 5 §3.2.2.3.12: CONNACK said that subscription identifiers are not available.
	if (packet.properties?.subscriptionIdentifier !== undefined) {
		listener.count('packet-unsupported');
		disconnect(
			connection,
			reason.subscriptionIdentifiersNotSupported,
			'packet-unsupported: subscribe without identifiers',
		);
		return;
	}
	// [MQTT-3.8.3-2], [MQTT-2.2.1-3]: at least one filter, and an identifier to answer to.
	if (packet.subscriptions.length === 0 || !packet.messageId) {
		return malformed(listener, connection, 'no filter, or no packet identifier');
	}
	// MQTT 5 §3.2.2.3.13: CONNACK said that shared subscriptions are not available; [MQTT-3.8.3-4] for No Local on one.
	const shared = packet.subscriptions.find(({ topic }) => topic.startsWith('$share/'));
	if (shared !== undefined && connection.version === 5) {
		if (shared.nl === true) return malformed(listener, connection, 'No Local on a shared subscription');
		listener.count('packet-unsupported');
		disconnect(connection, reason.sharedSubscriptionsNotSupported, 'packet-unsupported: subscribe without $share');
		return;
	}
	let filters = connection.filters.size;
	/** CR 7.1: every filter is kept, and judged again at each change: one peer cannot have any number. */
	const refusals = packet.subscriptions.map(({ topic }) => {
		if (!isFilter(topic)) return reason.topicFilterInvalid;
		return connection.filters.has(topic) || filters++ < limits.filters ? null : reason.quotaExceeded;
	});
	const asked = packet.subscriptions.filter((_one, index) => refusals[index] === null);
	const answers = await listener.subscribe(rights.session, asked.map(toKept));
	const granted: number[] = [];
	let next = 0;
	for (const [index, subscription] of packet.subscriptions.entries()) {
		const refused = refusals[index] ?? null;
		const answer = (refused === null ? answers[next++] : null) ?? null;
		if (refused !== null) granted.push(refused);
		else if (answer === null) {
			listener.count('not-granted');
			granted.push(reason.notAuthorized);
		} else {
			const existed = connection.filters.has(answer.filter);
			takeSubscription(listener, connection, answer);
			sendRetained(connection, answer, subscription, existed);
			granted.push(answer.qos);
		}
	}
	send(connection, {
		cmd: 'suback',
		messageId: packet.messageId,
		granted: connection.version === 5 ? granted : granted.map((code) => (code >= 0x80 ? failure311 : code)),
	});
	pump(listener, connection);
};

/** No Local says nothing here: nobody who may subscribe to a stream publishes one. */
const toKept = ({ topic, qos, rap }: ISubscription): KeptSubscription => ({
	filter: topic,
	qos: qos === 0 ? 0 : 1,
	retainAsPublished: rap === true,
});

/** Retain Handling (MQTT 5 §3.8.3.1): 0 sends the last reading of each stream, 1 if the subscription is new, 2 never. */
const sendRetained = (
	connection: Connection,
	{ streams, qos }: Subscribed,
	{ rh = 0 }: ISubscription,
	existed: boolean,
): void => {
	if (rh === 2 || (rh === 1 && existed)) return;
	for (const stream of streams) {
		if (stream.last === 0) continue;
		addSingle(connection, { stream, cursor: stream.last, qos, identifier: null, retained: true });
	}
};

/** UNSUBSCRIBE (MQTT 5 §3.10). */
export const takeUnsubscribe = async (
	listener: LinkListener,
	connection: Connection,
	packet: IUnsubscribePacket,
): Promise<void> => {
	const { rights } = connection;
	if (rights === null) return;
	if (packet.unsubscriptions.length === 0 || !packet.messageId) {
		return malformed(listener, connection, 'no filter, or no packet identifier');
	}
	// [MQTT-3.10.4-2]: nothing new for it from here on.
	const granted = packet.unsubscriptions.map((filter) => (connection.filters.delete(filter) ? 0 : 0x11));
	refollow(listener, connection);
	await listener.unsubscribe(rights.session, packet.unsubscriptions);
	send(connection, { cmd: 'unsuback', messageId: packet.messageId, granted });
};

const malformed = (listener: LinkListener, connection: Connection, why: string): void => {
	listener.count('packet-malformed');
	disconnect(connection, reason.protocolError, `packet-malformed: ${why}`);
};

/** What a filter matches has changed: new streams begin after their last reading, lost ones end at once. */
export const changeFollows = (
	listener: LinkListener,
	connection: Connection,
	filter: string,
	streams: readonly FollowedStream[],
): void => {
	const held = connection.filters.get(filter);
	if (held === undefined) return;
	held.streams = streams;
	refollow(listener, connection);
	pump(listener, connection);
};

/** A subscription stands from here on. Nothing is sent for it yet. */
export const takeSubscription = (
	listener: LinkListener,
	connection: Connection,
	{ filter, qos, retainAsPublished, streams, commands }: Subscribed,
): void => {
	connection.filters.set(filter, { qos, retainAsPublished, streams, commands });
	refollow(listener, connection);
};

/** A stream that several filters match is delivered once, with the highest QoS of them (MQTT 5 §3.3.4). */
const refollow = (listener: LinkListener, connection: Connection): void => {
	const wanted = new Map<number, { stream: FollowedStream; qos: 0 | 1; retainAsPublished: boolean }>();
	for (const { qos, retainAsPublished, streams } of connection.filters.values()) {
		for (const stream of streams) {
			const known = wanted.get(stream.id);
			wanted.set(stream.id, {
				stream,
				qos: known?.qos === 1 ? 1 : qos,
				retainAsPublished: retainAsPublished || known?.retainAsPublished === true,
			});
		}
	}
	for (const id of connection.follows.keys()) {
		if (!wanted.has(id)) {
			connection.follows.delete(id);
			connection.lagging.delete(id);
			listener.unfollow(connection, id);
		}
	}
	for (const [id, { stream, qos, retainAsPublished }] of wanted) {
		const known = connection.follows.get(id);
		const cursor = known?.cursor ?? stream.last;
		const last = Math.max(known?.last ?? 0, stream.last);
		connection.follows.set(id, { stream, qos, retainAsPublished, cursor, last, again: known?.again ?? null });
		if (cursor < last) connection.lagging.add(id);
		listener.follow(connection, id);
	}
	followCommands(connection, [...connection.filters.values()]);
};

const followCommands = (connection: Connection, filters: readonly Filter[]): void => {
	const reaching = filters.filter(({ commands }) => commands);
	if (reaching.length === 0) {
		connection.commands = null;
		return;
	}
	const qos = reaching.some((filter) => filter.qos === 1) ? 1 : 0;
	if (connection.commands?.qos === qos) return;
	const { after = 0, again = new Map<string, number>() } = connection.commands ?? {};
	connection.commands = { qos, after, waiting: true, asking: false, again };
};
