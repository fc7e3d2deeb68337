import { topicOf } from '@keyward/core/device/stream-name';
import { contentType, decodeRecord, doubtLabel, encodeSenmlJson, type ShownDoubt } from '@keyward/core/observe';
import { isOpenCheckpoint } from '@keyward/core/seal';
import type { PushedRow, Want } from '../../thread/link-messages.ts';
import { pumpCommands } from './commands.ts';
import type { Connection } from '../connection/connection.ts';
import { addSingle, type Deliveries, type Follow, type Single } from './deliveries.ts';
import { AGAIN_AFTER, hasRoom } from '../connection/pace.ts';
import { takeIdentifier } from './packet-identifier.ts';
import type { LinkListener } from '../connection/listener.ts';
import { encode } from '../protocol/encode.ts';
import { RETAIN } from '../protocol/publish-packet.ts';

/** Rows that are fetched at a time, and streams that they may be of. */
const pageSize = 200;
const wantsAtOnce = 32;

/** Rows of a stream became durable. A follower that had all before them gets them now; one that lags fetches them later. */
export const deliver = (
	listener: LinkListener,
	connection: Connection,
	stream: number,
	rows: readonly PushedRow[],
): void => {
	const { deliveries } = connection;
	const follow = deliveries?.follows.get(stream);
	const last = rows.at(-1)?.cursor;
	if (deliveries === null || follow === undefined || last === undefined) return;
	follow.last = Math.max(follow.last, last);
	const first = rows[0]?.cursor ?? 0;
	if (!deliveries.paging && follow.cursor >= first - 1) write(connection, deliveries, follow, rows);
	if (follow.cursor >= follow.last) return;
	deliveries.lagging.add(stream);
	pump(listener, connection);
};

/** Fetches what the peer still lacks, some at a time, as long as it reads. Nothing is queued for a slow one. */
export const pump = (listener: LinkListener, connection: Connection): void => {
	pumpCommands(listener, connection);
	const { deliveries, rights } = connection;
	if (deliveries === null || deliveries.paging || connection.closed || rights === null || !hasRoom(connection)) return;
	const asked = nextPages(connection, deliveries);
	if (asked.length === 0) return;
	deliveries.paging = true;
	const goOn = (): void => {
		deliveries.paging = false;
		pump(listener, connection);
	};
	void listener
		.page({ session: rights.session, wants: asked.map(({ want }) => want) })
		.then((pages) => {
			for (const [index, one] of asked.entries()) takePage(connection, deliveries, one, pages[index] ?? []);
			goOn();
		})
		.catch((error: unknown) => {
			listener.report(error);
			// CR 7.1: a reader of a row that cannot be read would ask for it without end, before all that devices send.
			setTimeout(goOn, AGAIN_AFTER).unref();
		});
};

interface Asked {
	readonly want: Want;
	/** One by itself, and where it waits. */
	readonly single: (Single & { readonly key: string }) | null;
}

const nextPages = ({ window }: Connection, deliveries: Deliveries): Asked[] => {
	const asked: Asked[] = [];
	let room = Math.min(pageSize, window - deliveries.unacknowledged.size);
	for (const [key, single] of deliveries.singles) {
		if (asked.length === wantsAtOnce || room <= 0) return asked;
		asked.push({ want: { stream: single.stream.id, after: single.cursor - 1, limit: 1 }, single: { key, ...single } });
		room--;
	}
	for (const stream of deliveries.lagging) {
		if (asked.length === wantsAtOnce || room <= 0) return asked;
		const follow = deliveries.follows.get(stream);
		if (follow === undefined) continue;
		const limit = Math.min(room, Math.max(1, follow.last - follow.cursor));
		asked.push({ want: { stream, after: follow.cursor, limit }, single: null });
		room -= limit;
	}
	return asked;
};

const takePage = (
	connection: Connection,
	deliveries: Deliveries,
	{ want, single }: Asked,
	rows: readonly PushedRow[],
): void => {
	if (single !== null) {
		const [row] = rows;
		// What does not fit now is asked for again.
		if (row !== undefined && !hasRoom(connection)) return;
		deliveries.singles.delete(single.key);
		// It may have been given up since (retention): another reading is not sent in its place.
		if (row?.cursor !== single.cursor || connection.closed) return;
		// The last reading is before what signs it.
		if (isCheckpoint(row)) {
			if (single.retained && row.cursor > 1) addSingle(deliveries, { ...single, cursor: row.cursor - 1 });
			return;
		}
		// MQTT 5 §3.3.1.3: a retained message has RETAIN 1, whatever it was published with.
		const { retained, identifier } = single;
		writeRow(connection, deliveries, single, row, identifier ?? undefined, retained, retained);
		return;
	}
	const follow = deliveries.follows.get(want.stream);
	if (follow === undefined) return;
	if (rows.length === 0) {
		follow.last = follow.cursor;
		deliveries.lagging.delete(want.stream);
	}
	write(connection, deliveries, follow, rows);
};

const write = (connection: Connection, deliveries: Deliveries, follow: Follow, rows: readonly PushedRow[]): void => {
	connection.socket.cork();
	for (const row of rows) {
		if (connection.closed) break;
		const { cursor } = row;
		if (cursor <= follow.cursor) continue;
		if (!hasRoom(connection)) break;
		const { again } = follow;
		const identifier = again?.identifiers.get(cursor);
		if (again !== null && cursor >= again.sent) follow.again = null;
		follow.cursor = cursor;
		deliveries.progressed.add(follow.stream.id);
		// What was sent before the session was taken up again, and acknowledged out of turn, is not sent twice.
		if (again !== null && cursor <= again.sent && identifier === undefined) continue;
		again?.identifiers.delete(cursor);
		if (isCheckpoint(row)) continue;
		writeRow(connection, deliveries, follow, row, identifier, follow.retainAsPublished && row.flags === RETAIN, false);
	}
	if (follow.cursor >= follow.last) deliveries.lagging.delete(follow.stream.id);
	connection.socket.uncork();
};

/** Subscribers of an open stream get its readings; what its device signed over them is for who reads by the API (ADR 0021). */
const isCheckpoint = ({ type, payload }: PushedRow): boolean =>
	type === contentType['cose-sign1'] && isOpenCheckpoint(payload);

/** A value goes out as SenML (RFC 8428); anything else as it came, for anyone who can open it. */
const deliverable = (
	name: string,
	{ type, time, payload, tainted }: Pick<PushedRow, 'type' | 'time' | 'payload' | 'tainted'>,
): { readonly mediaType: string; readonly payload: Uint8Array } => {
	if (type === contentType['cose-sign1']) return { mediaType: 'application/cose; cose-type="cose-sign1"', payload };
	if (type !== contentType.value) return { mediaType: 'application/cose; cose-type="cose-encrypt0"', payload };
	const { value, unit, doubt: kept = [] } = decodeRecord(payload);
	const doubt: readonly ShownDoubt[] = tainted === true ? [...kept, 'tainted'] : kept;
	return {
		mediaType: 'application/senml+json',
		payload: encodeSenmlJson([{ name, unit, time, value, ...(doubt.length > 0 && { doubt }) }]),
	};
};

const writeRow = (
	connection: Connection,
	deliveries: Deliveries,
	follow: Pick<Follow, 'stream' | 'qos'>,
	{ cursor, ...row }: PushedRow,
	/** Of a delivery that was begun on the session's connection before ([MQTT-4.4.0-1]). */
	before: number | undefined,
	retain: boolean,
	retained: boolean,
): void => {
	const { device, stream } = follow.stream;
	const tainted = row.tainted === true;
	const { mediaType, payload } = deliverable(`${device}/${stream}`, row);
	const identifier = follow.qos === 1 ? (before ?? takeIdentifier(deliveries)) : null;
	if (before !== undefined) deliveries.reserved.delete(before);
	const bytes = encode(
		{
			cmd: 'publish',
			topic: topicOf(follow.stream),
			payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
			qos: follow.qos,
			// [MQTT-3.3.1-1], [MQTT-3.3.1-2]
			dup: before !== undefined && identifier !== null,
			retain,
			...(identifier !== null && { messageId: identifier }),
			...(connection.version === 5 && {
				properties: {
					contentType: mediaType,
					// What only its readers open has no label of ours.
					...(tainted && row.type !== contentType.value && { userProperties: { [doubtLabel]: 'tainted' } }),
				},
			}),
		},
		connection.version,
	);
	// [MQTT-3.1.2-24], [MQTT-3.1.2-25]: a packet larger than the peer takes is dropped as if it had been delivered.
	if (bytes.length > connection.largest) return;
	if (identifier !== null) {
		deliveries.unacknowledged.set(identifier, { identifier, stream: follow.stream.id, cursor, retained });
	}
	connection.socket.write(bytes);
};
