import { decodeRecord, encodeSenmlJson } from '@keyward/core/observe';
import { generate } from 'mqtt-packet';
import type { PushedRow } from '../../live/link-messages.ts';
import { type Connection, type Follow, limits } from './connection.ts';
import type { LinkListener } from './listener.ts';

/** Rows a lagging follower fetches at a time. */
const pageSize = 200;

/** Rows of a stream became durable. A follower that had all before them gets them now; one that lags fetches them later. */
export const deliver = (
	listener: LinkListener,
	connection: Connection,
	stream: number,
	rows: readonly PushedRow[],
): void => {
	const follow = connection.follows.get(stream);
	const last = rows.at(-1)?.cursor;
	if (follow === undefined || last === undefined) return;
	follow.last = Math.max(follow.last, last);
	const first = rows[0]?.cursor ?? 0;
	if (!connection.paging && follow.cursor >= first - 1) write(connection, follow, rows);
	if (follow.cursor < follow.last) pump(listener, connection);
};

/** Fetches what a follower still lacks, a page at a time, as long as its peer reads. Nothing is queued for a slow one. */
export const pump = (listener: LinkListener, connection: Connection): void => {
	if (connection.paging || connection.closed || connection.rights === null || !hasRoom(connection)) return;
	const { session } = connection.rights;
	for (const [stream, follow] of connection.follows) {
		if (follow.cursor >= follow.last) continue;
		connection.paging = true;
		const limit = Math.min(pageSize, follow.qos === 1 ? connection.window - connection.unacknowledged.size : pageSize);
		void listener
			.page({ session, stream, after: follow.cursor, limit })
			.then((rows) => {
				connection.paging = false;
				const still = connection.follows.get(stream);
				if (still === undefined) return;
				if (rows.length === 0) still.last = still.cursor;
				write(connection, still, rows);
			})
			.catch((error: unknown) => {
				connection.paging = false;
				listener.report(error);
			})
			.finally(() => pump(listener, connection));
		return;
	}
};

/** PUBACK (MQTT 5 §3.4) of a delivery. */
export const takePuback = (listener: LinkListener, connection: Connection, identifier: number): void => {
	if (connection.unacknowledged.delete(identifier)) pump(listener, connection);
};

const hasRoom = (connection: Connection): boolean =>
	connection.socket.writableLength < limits.unread && connection.unacknowledged.size < connection.window;

const write = (connection: Connection, follow: Follow, rows: readonly PushedRow[]): void => {
	const { application, device, stream } = follow.stream;
	connection.socket.cork();
	for (const { cursor, time, record } of rows) {
		if (connection.closed) break;
		if (cursor <= follow.cursor) continue;
		if (!hasRoom(connection)) break;
		const { value, unit } = decodeRecord(record);
		const payload = encodeSenmlJson([{ name: `${device}/${stream}`, unit, time, value }]);
		const identifier = follow.qos === 1 ? takeIdentifier(connection) : null;
		const bytes = generate(
			{
				cmd: 'publish',
				topic: `${application}/${device}/${stream}`,
				payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
				qos: follow.qos,
				dup: false,
				retain: false,
				...(identifier !== null && { messageId: identifier }),
				...(connection.version === 5 && { properties: { contentType: 'application/senml+json' } }),
			},
			{ protocolVersion: connection.version || 4 },
		);
		follow.cursor = cursor;
		// [MQTT-3.1.2-24], [MQTT-3.1.2-25]: a packet larger than the peer takes is dropped as if it had been delivered.
		if (bytes.length <= connection.largest) connection.socket.write(bytes);
		else if (identifier !== null) connection.unacknowledged.delete(identifier);
	}
	connection.socket.uncork();
};

const takeIdentifier = (connection: Connection): number => {
	let identifier = connection.nextIdentifier;
	while (connection.unacknowledged.has(identifier)) identifier = (identifier % 65_535) + 1;
	connection.nextIdentifier = (identifier % 65_535) + 1;
	connection.unacknowledged.add(identifier);
	return identifier;
};
