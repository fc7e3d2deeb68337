import type { ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import type { FollowedStream } from '../../live/link-messages.ts';
import { isFilter } from '../../live/topic-filter.ts';
import { type Connection, disconnect, send } from './connection.ts';
import { pump } from './deliver.ts';
import type { LinkListener } from './listener.ts';
import { reason } from './reason-code.ts';

/** MQTT 3.1.1 §3.9.3. */
const failure311 = 0x80;

/** SUBSCRIBE (MQTT 5 §3.8). A filter that no grant of the peer's touches is refused, whether or not anything matches it. */
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
	if (packet.subscriptions.length === 0 || !packet.messageId) return malformed(listener, connection);
	const granted: number[] = [];
	for (const { topic: filter, qos } of packet.subscriptions) {
		if (!isFilter(filter)) granted.push(reason.topicFilterInvalid);
		else if (filter.startsWith('$share/')) granted.push(reason.sharedSubscriptionsNotSupported);
		else {
			const streams = await listener.subscribe(rights.session, filter);
			if (streams === null) {
				listener.count('not-granted');
				granted.push(reason.notAuthorized);
				continue;
			}
			const held = qos === 0 ? 0 : 1;
			connection.filters.set(filter, { qos: held, streams });
			refollow(listener, connection);
			granted.push(held);
		}
	}
	send(connection, {
		cmd: 'suback',
		messageId: packet.messageId,
		granted: connection.version === 5 ? granted : granted.map((code) => (code >= 0x80 ? failure311 : code)),
	});
};

/** UNSUBSCRIBE (MQTT 5 §3.10). */
export const takeUnsubscribe = (listener: LinkListener, connection: Connection, packet: IUnsubscribePacket): void => {
	const { rights } = connection;
	if (rights === null) return;
	if (packet.unsubscriptions.length === 0 || !packet.messageId) return malformed(listener, connection);
	const granted = packet.unsubscriptions.map((filter) => {
		listener.unsubscribe(rights.session, filter);
		return connection.filters.delete(filter) ? 0 : 0x11;
	});
	refollow(listener, connection);
	send(connection, { cmd: 'unsuback', messageId: packet.messageId, granted });
};

const malformed = (listener: LinkListener, connection: Connection): void => {
	listener.count('packet-malformed');
	disconnect(connection, reason.protocolError, 'packet-malformed: no filter, or no packet identifier');
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
};

/** A stream that several filters match is delivered once, with the highest QoS of them (MQTT 5 §3.3.4). */
const refollow = (listener: LinkListener, connection: Connection): void => {
	const wanted = new Map<number, { stream: FollowedStream; qos: 0 | 1 }>();
	for (const { qos, streams } of connection.filters.values()) {
		for (const stream of streams) {
			if (qos >= (wanted.get(stream.id)?.qos ?? 0)) wanted.set(stream.id, { stream, qos });
		}
	}
	for (const id of connection.follows.keys()) {
		if (!wanted.has(id)) {
			connection.follows.delete(id);
			listener.unfollow(connection, id);
		}
	}
	for (const [id, { stream, qos }] of wanted) {
		const known = connection.follows.get(id);
		connection.follows.set(id, {
			stream,
			qos,
			cursor: known?.cursor ?? stream.last,
			last: Math.max(known?.last ?? 0, stream.last),
		});
		listener.follow(connection, id);
	}
	pump(listener, connection);
};
