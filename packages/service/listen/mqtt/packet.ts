import type { Packet } from 'mqtt-packet';
import { type Connection, disconnect, send } from './connection.ts';
import { takeConnect } from './connect.ts';
import { takePuback } from './deliver.ts';
import type { LinkListener } from './listener.ts';
import { takePublish } from './publish.ts';
import { reason } from './reason-code.ts';
import { takeSubscribe, takeUnsubscribe } from './subscribe.ts';

/** One packet of a peer, to the file that knows it. What a client must not send ends the connection (MQTT 5 §4.13). */
export const takePacket = (listener: LinkListener, connection: Connection, packet: Packet): void => {
	if (connection.closed) return;
	if (connection.held !== null) {
		hold(listener, connection, packet);
		return;
	}
	if (connection.rights === null) {
		// [MQTT-3.1.0-1]: the first packet is CONNECT.
		if (packet.cmd === 'connect') void takeConnect(listener, connection, packet);
		else malformed(listener, connection, 'the first packet must be CONNECT');
		return;
	}
	switch (packet.cmd) {
		case 'publish':
			takePublish(listener, connection, packet);
			return;
		case 'puback':
			takePuback(listener, connection, packet.messageId ?? 0);
			return;
		case 'subscribe':
			void takeSubscribe(listener, connection, packet).catch((error: unknown) => {
				listener.report(error);
				disconnect(connection, reason.serverUnavailable, 'the service failed; connect again');
			});
			return;
		case 'unsubscribe':
			takeUnsubscribe(listener, connection, packet);
			return;
		case 'pingreq':
			send(connection, { cmd: 'pingresp' });
			return;
		case 'disconnect':
			connection.closed = true;
			connection.socket.end();
			return;
		default:
			// [MQTT-3.1.0-2] for a second CONNECT; PUBREC, PUBREL, PUBCOMP belong to QoS 2; the rest only servers send.
			malformed(listener, connection, `${packet.cmd} is not expected here`);
	}
};

/** How many packets may come before the session is judged. */
const patience = 1024;

const hold = (listener: LinkListener, connection: Connection, packet: Packet): void => {
	if (connection.held === null) return;
	if (connection.held.push(packet) > patience) malformed(listener, connection, 'too much was sent before CONNACK');
};

const malformed = (listener: LinkListener, connection: Connection, why: string): void => {
	listener.count('packet-malformed');
	disconnect(connection, reason.protocolError, `packet-malformed: ${why}`);
	// Before CONNACK there is nobody to explain it to.
	if (connection.rights === null) connection.socket.destroy();
};
