import { rosterTopicOf } from '@keyward/core/device/stream-name';
import type { Connection } from '../connection/connection.ts';
import { hasRoom } from '../connection/pace.ts';
import { encode } from '../protocol/encode.ts';

/**
 * Tells a device that listens for it the number of its owner's roster: a reader who is on it no longer must not get what is sealed from now on, and
 * the device looks by itself only once a minute. With QoS 0: who is told late finds it by that look.
 */
export const tellRoster = (connection: Connection, roster: { readonly number: number } | null): void => {
	const { rights, deliveries } = connection;
	if (rights === null || deliveries === null || roster === null || connection.closed || !hasRoom(connection)) return;
	if (![...deliveries.filters.values()].some(({ rosters }) => rosters)) return;
	const bytes = encode(
		{
			cmd: 'publish',
			topic: rosterTopicOf(rights.principal),
			payload: JSON.stringify({ roster: roster.number }),
			...{ qos: 0, dup: false, retain: false },
		},
		connection.version,
	);
	// [MQTT-3.1.2-24]
	if (bytes.length <= connection.largest) connection.socket.write(bytes);
};
