import type { IConnectPacket } from 'mqtt-packet';
import { Problem } from '@keyward/core';
import type { Connection } from './connection.ts';
import { limits, refuseConnect, send } from './connection.ts';
import { reason } from './reason-code.ts';
import type { LinkListener } from './listener.ts';

/** CONNECT (MQTT 5 §3.1): is it one we can serve, may this certificate open a session, and then what it may do. */
export const takeConnect = async (
	listener: LinkListener,
	connection: Connection,
	packet: IConnectPacket,
): Promise<void> => {
	connection.version = packet.protocolVersion === 5 ? 5 : 4;
	if (packet.protocolVersion !== 5 && packet.protocolVersion !== 4) {
		refuse(listener, connection, reason.unsupportedProtocolVersion, 'speak MQTT 5 or MQTT 3.1.1');
		return;
	}
	// An identity is proved by the handshake alone; no other method of authentication is taken (CR 1.2).
	if (packet.properties?.authenticationMethod !== undefined) {
		refuse(listener, connection, reason.badAuthenticationMethod, 'authenticate by certificate alone');
		return;
	}
	if (packet.will !== undefined) {
		refuse(listener, connection, reason.implementationSpecific, 'wills are not taken here: connect without one');
		return;
	}
	// [MQTT-3.1.3-8]: an empty client identifier comes with a clean session.
	if (packet.clientId === '' && packet.clean === false && connection.version === 4) {
		refuse(listener, connection, reason.clientIdentifierNotValid, 'an empty client identifier needs a clean session');
		return;
	}
	connection.window = Math.min(packet.properties?.receiveMaximum ?? 65_535, limits.receiveMaximum);
	connection.largest = packet.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
	connection.keepAlive = packet.keepalive ?? 0;

	try {
		const answer = await listener.openSession(connection);
		if ('refusals' in answer) {
			const [first] = answer.refusals;
			listener.count(first?.code ?? 'not-authenticated');
			refuseConnect(
				connection,
				reason.notAuthorized,
				first === undefined ? 'refused' : `${first.code}: ${first.reason} (${first.requirement})`,
			);
			return;
		}
		if (connection.closed) {
			listener.closeSession(answer.session);
			return;
		}
		connection.rights = answer;
		listener.bind(connection, answer.session);
	} catch (error) {
		if (!(error instanceof Problem)) listener.report(error);
		refuseConnect(connection, reason.serverUnavailable, 'the service cannot judge the session now; try again');
		return;
	}
	send(connection, {
		cmd: 'connack',
		sessionPresent: false,
		returnCode: 0,
		reasonCode: 0,
		...(connection.version === 5 && {
			properties: {
				sessionExpiryInterval: 0,
				receiveMaximum: limits.receiveMaximum,
				maximumQoS: 1,
				retainAvailable: false,
				maximumPacketSize: limits.maximumPacketSize,
				topicAliasMaximum: 0,
				wildcardSubscriptionAvailable: true,
				subscriptionIdentifiersAvailable: false,
				sharedSubscriptionAvailable: false,
				...(packet.clientId === '' && { assignedClientIdentifier: `keyward-${connection.rights.session}` }),
			},
		}),
	});
};

const refuse = (
	listener: LinkListener,
	connection: Connection,
	code: Parameters<typeof refuseConnect>[1],
	why: string,
): void => {
	listener.count('packet-unsupported');
	refuseConnect(connection, code, `packet-unsupported: ${why}`);
};
