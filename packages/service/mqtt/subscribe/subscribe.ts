import type { ISubscribePacket, ISubscription, IUnsubscribePacket } from 'mqtt-packet';
import type { StoredSubscription } from '@keyward/core/port';
import type { FollowedStream, Subscribed } from '../../thread/link-messages.ts';
import { filterBounds, isWithinBounds } from '../../delivery/topic-filter.ts';
import { type Connection, disconnect, limits, send } from '../connection/connection.ts';
import { addSingle, deliveriesOf, type Deliveries, type Filter } from '../deliver/deliveries.ts';
import { pump } from '../deliver/deliver.ts';
import { tellRoster } from '../deliver/roster.ts';
import { maxFilters, type TooMany } from '../protocol/packet-form.ts';
import type { LinkListener } from '../connection/listener.ts';
import { reason } from '../protocol/reason-code.ts';

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
	const deliveries = deliveriesOf(connection);
	let filters = deliveries.filters.size;
	/** CR 7.1: every filter is kept, and judged again at each change: one peer cannot have any number, nor any length. */
	const refusals = packet.subscriptions.map(({ topic }) => {
		if (!isWithinBounds(topic)) return reason.topicFilterInvalid;
		return deliveries.filters.has(topic) || filters++ < limits.filters ? null : reason.quotaExceeded;
	});
	const asked = packet.subscriptions.filter((_one, index) => refusals[index] === null);
	const answers = asked.length === 0 ? [] : await listener.subscribe(rights.session, asked.map(toKept));
	const granted: number[] = [];
	const taken: { readonly answer: Subscribed; readonly subscription: ISubscription; readonly existed: boolean }[] = [];
	let next = 0;
	for (const [index, subscription] of packet.subscriptions.entries()) {
		const refused = refusals[index] ?? null;
		const answer = (refused === null ? answers[next++] : null) ?? null;
		if (refused !== null) {
			listener.count('subscription-refused');
			granted.push(refused);
		} else if (answer === null) {
			// CR 2.1
			listener.refused(connection, {
				...{ code: 'not-granted', requirement: 'deny-by-default' },
				reason: `no grant covers the filter ${subscription.topic}`,
			});
			granted.push(reason.notAuthorized);
		} else {
			taken.push({ answer, subscription, existed: deliveries.filters.has(answer.filter) });
			keepFilter(deliveries, answer);
			granted.push(answer.qos);
		}
	}
	if (taken.length > 0) refollow(listener, connection);
	for (const { answer, subscription, existed } of taken) sendRetained(deliveries, answer, subscription, existed);
	answerSubscribe(connection, packet.messageId, granted);
	// What came into force before this may have been missed.
	if (taken.some(({ answer }) => answer.rosters))
		tellRoster(connection, listener.rosterOf(rights.principal.application));
	pump(listener, connection);
};

/** Why a filter was refused for its size or number; the first that counts. */
const whyRefused = (codes: readonly number[]): string | undefined => {
	if (codes.includes(reason.topicFilterInvalid)) {
		return `subscription-refused: a filter has at most ${filterBounds.levels} levels and ${filterBounds.bytes} bytes (overload-held)`;
	}
	return codes.includes(reason.quotaExceeded)
		? `subscription-refused: at most ${maxFilters} filters in a packet and ${limits.filters} in a session (overload-held)`
		: undefined;
};

/** SUBACK (MQTT 5 §3.9). */
const answerSubscribe = (connection: Connection, messageId: number, granted: number[]): void => {
	const why = connection.explains ? whyRefused(granted) : undefined;
	send(connection, {
		cmd: 'suback',
		messageId,
		granted: connection.version === 5 ? granted : granted.map((code) => (code >= 0x80 ? failure311 : code)),
		...(why !== undefined && connection.version === 5 && { properties: { reasonString: why } }),
	});
};

/** Refuses every filter of a packet that has too many of them; none was looked at. */
export const refuseFilters = (
	listener: LinkListener,
	connection: Connection,
	{ of, messageId, filters }: TooMany,
): void => {
	listener.count('subscription-refused');
	if (messageId === 0) return malformed(listener, connection, 'no packet identifier');
	if (of === 'subscribe') {
		answerSubscribe(
			connection,
			messageId,
			Array.from({ length: filters }, () => reason.quotaExceeded),
		);
	} else if (connection.version === 5) {
		// UNSUBACK has no reason code for a quota (MQTT 5 §3.11.3).
		const reasonString = whyRefused([reason.quotaExceeded]);
		send(connection, {
			cmd: 'unsuback',
			messageId,
			granted: Array.from({ length: filters }, () => reason.implementationSpecific),
			...(connection.explains && reasonString !== undefined && { properties: { reasonString } }),
		});
	} else {
		// MQTT 3.1.1 has no word for it, and UNSUBACK would say that they are gone.
		disconnect(connection, reason.quotaExceeded, 'subscription-refused');
	}
};

/** No Local says nothing here: nobody who may subscribe to a stream publishes one. */
const toKept = ({ topic, qos, rap }: ISubscription): StoredSubscription => ({
	filter: topic,
	qos: qos === 0 ? 0 : 1,
	retainAsPublished: rap === true,
});

/** Retain Handling (MQTT 5 §3.8.3.1): 0 sends the last reading of each stream, 1 if the subscription is new, 2 never. */
const sendRetained = (
	deliveries: Deliveries,
	{ streams, qos }: Subscribed,
	{ rh = 0 }: ISubscription,
	existed: boolean,
): void => {
	if (rh === 2 || (rh === 1 && existed)) return;
	for (const stream of streams) {
		if (stream.last === 0) continue;
		addSingle(deliveries, { stream, cursor: stream.last, qos, identifier: null, retained: true });
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
	const { filters } = deliveriesOf(connection);
	const granted = packet.unsubscriptions.map((filter) => (filters.delete(filter) ? 0 : 0x11));
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
	const held = connection.deliveries?.filters.get(filter);
	if (held === undefined) return;
	held.streams = streams;
	refollow(listener, connection);
	pump(listener, connection);
};

/** Subscriptions stand from here on. Nothing is sent for them yet. */
export const takeSubscriptions = (
	listener: LinkListener,
	connection: Connection,
	subscriptions: readonly Subscribed[],
): void => {
	if (subscriptions.length === 0) return;
	for (const one of subscriptions) keepFilter(deliveriesOf(connection), one);
	refollow(listener, connection);
};

const keepFilter = (
	{ filters }: Deliveries,
	{ filter, qos, retainAsPublished, streams, commands, rosters }: Subscribed,
): void => void filters.set(filter, { qos, retainAsPublished, streams, commands, rosters });

/** A stream that several filters match is delivered once, with the highest QoS of them (MQTT 5 §3.3.4). */
const refollow = (listener: LinkListener, connection: Connection): void => {
	const deliveries = deliveriesOf(connection);
	const { filters, follows, lagging } = deliveries;
	const wanted = new Map<number, { stream: FollowedStream; qos: 0 | 1; retainAsPublished: boolean }>();
	for (const { qos, retainAsPublished, streams } of filters.values()) {
		for (const stream of streams) {
			const known = wanted.get(stream.id);
			wanted.set(stream.id, {
				stream,
				qos: known?.qos === 1 ? 1 : qos,
				retainAsPublished: retainAsPublished || known?.retainAsPublished === true,
			});
		}
	}
	for (const id of follows.keys()) {
		if (!wanted.has(id)) {
			follows.delete(id);
			lagging.delete(id);
			listener.unfollow(connection, id);
		}
	}
	for (const [id, { stream, qos, retainAsPublished }] of wanted) {
		const known = follows.get(id);
		const cursor = known?.cursor ?? stream.last;
		const last = Math.max(known?.last ?? 0, stream.last);
		follows.set(id, { stream, qos, retainAsPublished, cursor, last, again: known?.again ?? null });
		if (cursor < last) lagging.add(id);
		listener.follow(connection, id);
	}
	followCommands(deliveries, [...filters.values()]);
};

const followCommands = (deliveries: Deliveries, filters: readonly Filter[]): void => {
	const reaching = filters.filter(({ commands }) => commands);
	if (reaching.length === 0) {
		deliveries.commands = null;
		return;
	}
	const qos = reaching.some((filter) => filter.qos === 1) ? 1 : 0;
	if (deliveries.commands?.qos === qos) return;
	const { after = 0, again = new Map<string, number>() } = deliveries.commands ?? {};
	deliveries.commands = { qos, after, waiting: true, asking: false, again };
};
