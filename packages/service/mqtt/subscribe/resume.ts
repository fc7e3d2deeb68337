import type { SessionOpened } from '../../thread/link-messages.ts';
import type { Connection } from '../connection/connection.ts';
import { addSingle, deliveriesOf } from '../deliver/deliveries.ts';
import type { LinkListener } from '../connection/listener.ts';
import { takeSubscriptions } from './subscribe.ts';

/** Takes up what the session had: its subscriptions, each where the peer is, and what was in flight (MQTT 5 §4.4). */
export const resumeSession = (listener: LinkListener, connection: Connection, opened: SessionOpened): void => {
	takeSubscriptions(listener, connection, opened.subscriptions);
	if (opened.progress.length + opened.inFlight.length === 0) return;
	const deliveries = deliveriesOf(connection);
	for (const { stream, acknowledged, sent } of opened.progress) {
		const follow = deliveries.follows.get(stream);
		// Deliveries of QoS 0 begin again (MQTT 5 §4.1).
		if (follow === undefined || follow.qos === 0) continue;
		follow.cursor = acknowledged;
		follow.again = sent > acknowledged ? { sent, identifiers: new Map() } : null;
		if (follow.cursor < follow.last) deliveries.lagging.add(stream);
	}
	for (const one of opened.inFlight) {
		if ('command' in one) {
			if (deliveries.commands?.qos !== 1) continue;
			deliveries.commands.again.set(one.command, one.identifier);
		} else {
			const { cursor, identifier, retained } = one;
			const follow = deliveries.follows.get(one.stream);
			// [MQTT-3.10.4-3]: a delivery that was begun is completed, also when its subscription has ended since.
			const stream = follow?.stream ?? opened.begun.find(({ id }) => id === one.stream);
			if (stream === undefined) continue;
			if (!retained && follow?.qos === 1) {
				if (follow.again === null) continue;
				follow.again.identifiers.set(cursor, identifier);
			} else addSingle(deliveries, { stream, cursor, qos: 1, identifier, retained });
		}
		deliveries.reserved.add(one.identifier);
	}
};
