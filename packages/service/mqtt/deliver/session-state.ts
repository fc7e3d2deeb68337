import type { Cursor } from '@keyward/core/port';
import type { Progress, SessionState } from '../../thread/link-messages.ts';
import type { Connection } from '../connection/connection.ts';

/** How far each stream is whose progress was not told yet. */
export const takeProgress = ({ deliveries }: Connection): Progress[] => {
	if (deliveries === null || deliveries.progressed.size === 0) return [];
	const { progressed, follows, unacknowledged } = deliveries;
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
	const { deliveries } = connection;
	if (deliveries === null) return { progress: [], inFlight: [] };
	const inFlight = [...deliveries.unacknowledged.values()];
	for (const one of inFlight) if ('stream' in one) deliveries.progressed.add(one.stream);
	// What was to be sent again and was not yet is still in flight.
	for (const { stream, again } of deliveries.follows.values()) {
		if (again !== null) deliveries.progressed.add(stream.id);
		for (const [cursor, identifier] of again?.identifiers ?? []) {
			inFlight.push({ identifier, stream: stream.id, cursor, retained: false });
		}
	}
	for (const { stream, cursor, identifier, retained } of deliveries.singles.values()) {
		if (identifier !== null) inFlight.push({ identifier, stream: stream.id, cursor, retained });
	}
	for (const [command, identifier] of deliveries.commands?.again ?? []) inFlight.push({ identifier, command });
	return { progress: takeProgress(connection), inFlight };
};
