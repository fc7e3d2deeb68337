import type { IDisconnectPacket } from 'mqtt-packet';
import { type Connection, disconnect } from './connection.ts';
import { answerPings } from './pace.ts';
import type { LinkListener } from './listener.ts';
import { reason } from '../protocol/reason-code.ts';
import { spanOf } from '../protocol/session-expiry.ts';

/** DISCONNECT (MQTT 5 §3.14): only with reason code 0x00 does it take the will back ([MQTT-3.14.4-3]). */
export const takeDisconnect = (
	listener: LinkListener,
	connection: Connection,
	{ reasonCode = 0, properties }: IDisconnectPacket,
): void => {
	const interval = properties?.sessionExpiryInterval;
	// MQTT 5 §3.14.2.2.2: a session that was to end with its connection cannot be kept after all.
	if (interval !== undefined && interval > 0 && connection.expiry === 0) {
		listener.count('packet-malformed');
		disconnect(connection, reason.protocolError, 'packet-malformed: CONNECT asked for no session expiry');
		return;
	}
	answerPings(connection);
	connection.disconnected = {
		will: connection.version === 5 && reasonCode !== 0,
		expiry: interval === undefined ? null : spanOf(interval),
	};
	connection.closed = true;
	// At once: the peer may be back before its socket is closed, and must not find itself taken over.
	listener.leave(connection);
	connection.socket.end();
};
