import type { Cursor } from '@keyward/core/port';
import type { Progress, SessionOpened, SessionState } from '../../thread/link-messages.ts';
import { addSingle, type Connection } from '../connection/connection.ts';
import type { LinkListener } from '../connection/listener.ts';
import { takeSubscriptions } from '../subscribe/subscribe.ts';

/** How far each stream is whose progress was not told yet. */
export const takeProgress = (connection: Connection): Progress[] => {
	const { progressed, follows, unacknowledged } = connection;
	if (progressed.size === 0) return [];
	const flying = new Map<number, Cursor>();
	for (const one of unacknowledged.values()) {
		if ('command' in one || one.retained) continue;
		flying.set(one.stream, Math.min(flying.get(one.stream) ?? Number.POSITIVE_INFINITY, one.cursor));
	}
	const progress: Progress[] = [];
	for (const stream of progressed) {
		const follow = follows.get(stream);
		if (follow === undefined) continue;
		const sent = Math.max(follow.cursor, follow.again?.sent ?? 0);
		progress.push({ stream, sent, acknowledged: Math.min(follow.cursor, (flying.get(stream) ?? sent + 1) - 1) });
	}
	progressed.clear();
	return progress;
};

/** What the session keeps of this connection's deliveries, for the next one. */
export const takeState = (connection: Connection): SessionState => {
	const inFlight = [...connection.unacknowledged.values()];
	for (const one of inFlight) if ('stream' in one) connection.progressed.add(one.stream);
	// What was to be sent again and was not yet is still in flight.
	for (const { stream, again } of connection.follows.values()) {
		if (again !== null) connection.progressed.add(stream.id);
		for (const [cursor, identifier] of again?.identifiers ?? []) {
			inFlight.push({ identifier, stream: stream.id, cursor, retained: false });
		}
	}
	for (const { stream, cursor, identifier, retained } of connection.singles.values()) {
		if (identifier !== null) inFlight.push({ identifier, stream: stream.id, cursor, retained });
	}
	for (const [command, identifier] of connection.commands?.again ?? []) inFlight.push({ identifier, command });
	return { progress: takeProgress(connection), inFlight };
};

/** Takes up what the session had: its subscriptions, each where the peer is, and what was in flight (MQTT 5 §4.4). */
export const resumeSession = (listener: LinkListener, connection: Connection, opened: SessionOpened): void => {
	takeSubscriptions(listener, connection, opened.subscriptions);
	for (const { stream, acknowledged, sent } of opened.progress) {
		const follow = connection.follows.get(stream);
		// Deliveries of QoS 0 begin anew (MQTT 5 §4.1).
		if (follow === undefined || follow.qos === 0) continue;
		follow.cursor = acknowledged;
		follow.again = sent > acknowledged ? { sent, identifiers: new Map() } : null;
		if (follow.cursor < follow.last) connection.lagging.add(stream);
	}
	for (const one of opened.inFlight) {
		if ('command' in one) {
			if (connection.commands?.qos !== 1) continue;
			connection.commands.again.set(one.command, one.identifier);
		} else {
			const { cursor, identifier, retained } = one;
			const follow = connection.follows.get(one.stream);
			// [MQTT-3.10.4-3]: a delivery that was begun is completed, also when its subscription has ended since.
			const stream = follow?.stream ?? opened.begun.find(({ id }) => id === one.stream);
			if (stream === undefined) continue;
			if (!retained && follow?.qos === 1) {
				if (follow.again === null) continue;
				follow.again.identifiers.set(cursor, identifier);
			} else addSingle(connection, { stream, cursor, qos: 1, identifier, retained });
		}
		connection.reserved.add(one.identifier);
	}
};
