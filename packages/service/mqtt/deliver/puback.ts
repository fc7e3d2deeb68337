import type { IPubackPacket } from 'mqtt-packet';
import type { Connection } from '../connection/connection.ts';
import { pump } from './deliver.ts';
import type { LinkListener } from '../connection/listener.ts';

/**
 * PUBACK (MQTT 5 §3.4) of a delivery; one that names nothing under way is passed over. Whatever its reason code, the peer
 * has the message: sending the same again would not change its mind ([MQTT-4.4.0-2]).
 */
export const takePuback = (
	listener: LinkListener,
	connection: Connection,
	{ messageId = 0, reasonCode = 0 }: IPubackPacket,
): void => {
	const { deliveries } = connection;
	const sent = deliveries?.unacknowledged.get(messageId);
	if (deliveries === null || sent === undefined) return;
	deliveries.unacknowledged.delete(messageId);
	if ('command' in sent) {
		if (connection.rights !== null) listener.delivered(connection.rights.session, sent.command, reasonCode < 0x80);
	} else deliveries.progressed.add(sent.stream);
	pump(listener, connection);
};
