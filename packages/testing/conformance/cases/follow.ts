import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type ConnectFields, property, type Version } from '../packet.ts';
import type { Peer, Session } from '../peer.ts';
import { collect, type Delivery, reading, type Room, type Seat } from '../room.ts';

/** Fields of a CONNECT whose session outlives its connection, and of one that resumes it. */
export const lasting = (version: Version, clean: boolean, seconds = 600) => ({
	clean,
	clientId: 'lasting',
	properties: version === 5 ? [property.sessionExpiry(seconds)] : [],
});

/** A new session that outlives its connection: in MQTT 3.1.1 one that did not ask to be clean, after one that did. */
export const begin = async (
	t: TestContext,
	room: Room,
	seat: Seat,
	version: Version,
	more: ConnectFields = {},
): Promise<Session> => {
	if (version === 4) await (await room.session(t, seat, 4, lasting(4, true))).leave();
	return room.session(t, seat, version, { ...lasting(version, version === 5), ...more });
};

/** A device that publishes, and waits for its acknowledgement. */
export const publisher = async (t: TestContext, room: Room, seat: Seat): Promise<() => Promise<number>> => {
	const device = await room.session(t, seat, 5, { clientId: 'publisher' });
	return async () => {
		const { time, bytes } = reading(5, seat);
		device.send(bytes);
		assert((await device.next('puback')).code < 0x80);
		return time;
	};
};

/** What a reader that does not want what is retained subscribes with; MQTT 3.1.1 has no such wish. */
export const options = (version: Version): number => (version === 5 ? 0x21 : 0x01);

/** The deliveries that come as they were published, so many of them and no more. */
export const live = (peer: Peer, count: number): Promise<Delivery[]> =>
	collect(peer, count, ({ retain }) => !retain, count === 0 ? 400 : 200);
