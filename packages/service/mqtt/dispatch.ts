import { type Connection, disconnect, limits } from './connection/connection.ts';
import { pace } from './connection/pace.ts';
import { takeConnect } from './connect.ts';
import type { Received } from './protocol/decoder.ts';
import { takeDisconnect } from './connection/disconnect.ts';
import type { LinkListener } from './connection/listener.ts';
import { takePuback } from './deliver/puback.ts';
import { takePublish } from './publish/publish.ts';
import { reason } from './protocol/reason-code.ts';
import { refuseFilters, takeSubscribe, takeUnsubscribe } from './subscribe/subscribe.ts';

/** One packet of a peer, to the file that knows it. What a client must not send ends the connection (MQTT 5 §4.13). */
export const takePacket = (listener: LinkListener, connection: Connection, packet: Received): void => {
	if (connection.closed) return;
	if ((packet.length ?? 0) > limits.maximumPacketSize) {
		refuseTooLarge(listener, connection);
		return;
	}
	if (connection.rights === null) {
		// [MQTT-3.1.0-1]: the first packet is CONNECT.
		if (packet.cmd === 'connect') void inTurn(listener, connection, takeConnect(listener, connection, packet));
		else malformed(listener, connection, 'the first packet must be CONNECT');
		return;
	}
	switch (packet.cmd) {
		case 'publish': {
			const waiting = takePublish(listener, connection, packet);
			if (waiting !== undefined) void inTurn(listener, connection, waiting);
			return;
		}
		case 'puback':
			takePuback(listener, connection, packet);
			return;
		case 'subscribe':
			void inTurn(listener, connection, takeSubscribe(listener, connection, packet));
			return;
		case 'unsubscribe':
			void inTurn(listener, connection, takeUnsubscribe(listener, connection, packet));
			return;
		case 'too-many-filters':
			refuseFilters(listener, connection, packet);
			return;
		case 'pingreq':
			connection.pings++;
			return;
		case 'disconnect':
			takeDisconnect(listener, connection, packet);
			return;
		default:
			// [MQTT-3.1.0-2] for a second CONNECT; PUBREC, PUBREL, PUBCOMP belong to QoS 2; the rest only servers send.
			malformed(listener, connection, `${packet.cmd} is not expected here`);
	}
};

/**
 * While the committer is asked, what the peer sends next waits: an UNSUBSCRIBE that overtook its SUBSCRIBE
 * would leave a subscription here that nobody judges any more. Nothing more is read meanwhile.
 */
const inTurn = async (listener: LinkListener, connection: Connection, asking: Promise<void>): Promise<void> => {
	connection.judging = true;
	try {
		await asking;
	} catch (error) {
		listener.report(error);
		disconnect(connection, reason.serverUnavailable, 'the service failed; connect again');
	}
	connection.judging = false;
	pace(connection);
};

/** MQTT 5 §3.2.2.3.6: CONNACK said how large a packet may be. */
export const refuseTooLarge = (listener: LinkListener, connection: Connection): void => {
	listener.count('packet-too-large');
	disconnect(connection, reason.packetTooLarge, `packet-too-large: at most ${limits.maximumPacketSize} bytes`);
};

const malformed = (listener: LinkListener, connection: Connection, why: string): void => {
	listener.count('packet-malformed');
	disconnect(connection, reason.protocolError, `packet-malformed: ${why}`);
	// Before CONNACK there is nobody to explain it to.
	if (connection.rights === null) connection.socket.destroy();
};
