import type { Connection } from './connection.ts';
import { disconnect } from './connection.ts';
import type { LinkListener } from './listener.ts';
import { reason } from '../protocol/reason-code.ts';

/** CR 7.1: anyone who opens and says nothing, or stops half-way, must not hold what others need. Looked at with each tick. */
export const checkTimeouts = (listener: LinkListener, connection: Connection, tick: number, patience: number): void => {
	if (connection.closed) connection.socket.destroy();
	// What it sent before is dealt with yet: nobody is waited for.
	if (connection.closed || connection.hungUp) return;
	const silent = (performance.now() - connection.lastHeard) / 1000;
	if (connection.rights === null ? tick - connection.opened > patience : false) {
		listener.count('peer-too-slow');
		connection.socket.destroy();
	} else if (connection.partialSince !== 0 && tick - connection.partialSince > patience) {
		listener.count('peer-too-slow');
		disconnect(connection, reason.protocolError, 'peer-too-slow: a packet was begun and not finished');
	} else if (connection.keepAlive !== 0 && silent > connection.keepAlive * 1.5) {
		// [MQTT-3.1.2-22]
		disconnect(connection, reason.keepAliveTimeout, 'nothing was heard for one and a half keep-alives');
	}
};
