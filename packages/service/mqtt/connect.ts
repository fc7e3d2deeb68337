import { randomUUID } from 'node:crypto';
import type { IConnectPacket } from 'mqtt-packet';
import { Problem, seconds } from '@keyward/core';
import { clockToleranceOf, earliestTaken, readIdentity } from '@keyward/core/observe';
import type { LastMessage } from '@keyward/core/port';
import { mustBeSealed } from '@keyward/core/seal';
import type { SaidSoftware, SessionOpened } from '../thread/link-messages.ts';
import type { Connection, Rights } from './connection/connection.ts';
import { limits, refuseConnect, send } from './connection/connection.ts';
import { pump } from './deliver/deliver.ts';
import type { LinkListener } from './connection/listener.ts';
import { spanOf } from './protocol/session-expiry.ts';
import { reason, reasonOf } from './protocol/reason-code.ts';
import { resumeSession } from './subscribe/resume.ts';

/** CONNECT (MQTT 5 §3.1): is it one we can serve, may this certificate open a session, and then what it may do. */
export const takeConnect = async (
	listener: LinkListener,
	connection: Connection,
	packet: IConnectPacket,
): Promise<void> => {
	connection.version = packet.protocolVersion === 5 ? 5 : 4;
	const { properties } = packet;
	connection.window = Math.min(properties?.receiveMaximum ?? 65_535, limits.receiveMaximum);
	connection.largest = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
	connection.explains = properties?.requestProblemInformation ?? true;
	connection.keepAlive = packet.keepalive ?? 0;
	// An identity is proved by the handshake alone; no other method of authentication is taken (CR 1.2).
	if (packet.properties?.authenticationMethod !== undefined) {
		refuse(listener, connection, reason.badAuthenticationMethod, 'authenticate by certificate alone');
		return;
	}
	// [MQTT-3.2.2-12]
	if (packet.will?.qos === 2) {
		refuse(listener, connection, reason.qosNotSupported, 'give a will with QoS 0 or 1');
		return;
	}
	// [MQTT-3.1.3-8] of MQTT 3.1.1: an empty client identifier comes with a clean session.
	if (packet.clientId === '' && packet.clean === false && connection.version === 4) {
		refuse(listener, connection, reason.clientIdentifierNotValid, 'an empty client identifier needs a clean session');
		return;
	}
	// [MQTT-3.1.3-7]: unique, as it never was before.
	const clientId = packet.clientId === '' ? `keyward-${randomUUID()}` : packet.clientId;
	const clean = packet.clean !== false;
	const expiry =
		connection.version === 5 ? spanOf(properties?.sessionExpiryInterval ?? 0) : clean ? 0 : Number.POSITIVE_INFINITY;

	let opened: SessionOpened;
	try {
		const answer = await listener.openSession({
			fingerprint: connection.fingerprint,
			hello: connection.hello,
			link: { protocol: connection.socket.getProtocol() ?? 'none', groups: connection.groups },
			clientId,
			clean,
			expiry,
			will: willOf(packet),
			software: softwareOf(packet),
		});
		if ('refusals' in answer) {
			const [first] = answer.refusals;
			listener.refused(
				connection,
				first ?? { code: 'not-authenticated', requirement: 'deny-by-default', reason: 'no session is opened' },
			);
			refuseConnect(
				connection,
				first === undefined ? reason.notAuthorized : reasonOf(first.code),
				first === undefined ? 'refused' : `${first.code}: ${first.reason} (${first.requirement})`,
			);
			return;
		}
		if (connection.closed) {
			listener.closeUnused(answer);
			return;
		}
		opened = answer;
		connection.rights = listener.rightsOf(answer);
		connection.expiry = answer.expiry;
		listener.bind(connection, answer.session);
	} catch (error) {
		if (!(error instanceof Problem)) listener.report(error);
		refuseConnect(connection, reason.serverUnavailable, 'the service cannot judge the session now; try again');
		return;
	}
	const signs = (connection.rights?.streams ?? []).flatMap(({ sealing, terms }) => {
		const within = sealing.parameters['reading-signature'];
		return typeof within !== 'number' || mustBeSealed(sealing) ? [] : [`${terms.name} ${within / 1000} ${terms.unit}`];
	});
	const sealed = (connection.rights?.streams ?? []).flatMap(({ sealing, seen, newest }) => {
		if (seen === null || seen.epoch < 0) return [];
		const place = readIdentity(newest);
		const sequence = 'epoch' in place && place.epoch === seen.epoch ? place.sequence : 0;
		return [{ stream: sealing.name.stream, epoch: seen.epoch, sequence }];
	});
	const taken = connection.rights?.principal.kind === 'device' ? takenTimes(listener, connection.rights) : {};
	send(connection, {
		cmd: 'connack',
		sessionPresent: opened.present,
		returnCode: 0,
		reasonCode: 0,
		...(connection.version === 5 && {
			properties: {
				// [MQTT-3.2.2-21]: only where it is another than was asked for.
				...(opened.expiry !== expiry && { sessionExpiryInterval: Math.floor(opened.expiry / 1000) }),
				receiveMaximum: limits.receiveMaximum,
				maximumQoS: 1,
				...(opened.willPassedOver !== null &&
					connection.explains && { reasonString: `will passed over: ${opened.willPassedOver}` }),
				retainAvailable: true,
				maximumPacketSize: limits.maximumPacketSize,
				topicAliasMaximum: 0,
				wildcardSubscriptionAvailable: true,
				subscriptionIdentifiersAvailable: false,
				sharedSubscriptionAvailable: false,
				...(packet.clientId === '' && { assignedClientIdentifier: clientId }),
				userProperties: {
					// CR 2.11: what a device without its own clock dates its readings by.
					time: new Date(listener.now()).toISOString(),
					...taken,
					// sealed-readings: a device that lost its counters, or was put back from a copy, goes on after these, and uses no number twice.
					...(sealed.length > 0 && {
						epoch: sealed.map(({ stream, epoch }) => `${stream} ${epoch}`),
						sequence: sealed.map(({ stream, sequence }) => `${stream} ${sequence}`),
					}),
					// reading-signature: within how many seconds a device signs what it sends open, and the unit that it is kept in.
					...(signs.length > 0 && { sign: signs }),
					...(opened.dropped.length > 0 && { 'not-granted': [...opened.dropped] }),
				},
			},
		}),
	});
	if (connection.closed) return;
	resumeSession(listener, connection, opened);
	pump(listener, connection);
};

/** CR 2.11: which times are taken of the device. Of what is sealed it judges them itself, for nothing is seen of them here. */
const takenTimes = ({ bounds, now }: LinkListener, { parameters, author }: Rights): Record<string, string> => {
	const earliest = earliestTaken(bounds, author.since, now());
	return {
		'clock-tolerance': String(clockToleranceOf(parameters, bounds.clockTolerance) / 1000),
		...(Number.isFinite(earliest) && { 'earliest-time': new Date(earliest).toISOString() }),
	};
};

/** Will properties beyond the delay say nothing about a reading, and are not kept. */
const willOf = ({ will }: IConnectPacket): LastMessage | null =>
	will === undefined
		? null
		: {
				topic: will.topic,
				payload: Uint8Array.from(Buffer.from(will.payload as Buffer)),
				qos: will.qos === 1 ? 1 : 0,
				delay: seconds(will.properties?.willDelayInterval ?? 0),
			};

/** A version as a bill of materials may name it; anything else says nothing. */
const saidVersion = (packet: IConnectPacket, name: string): string | null => {
	const said: unknown = packet.properties?.userProperties?.[name];
	return typeof said === 'string' && /^[\w.+~:-]{1,128}$/.test(said) ? said : null;
};

const softwareOf = (packet: IConnectPacket): SaidSoftware => ({
	version: saidVersion(packet, 'software-version'),
	agent: saidVersion(packet, 'agent-version'),
});

/** Unsupported MQTT protocol version ([MQTT-3.1.2-2]). */
export const refuseProtocol = (listener: LinkListener, connection: Connection): void =>
	refuse(
		listener,
		connection,
		reason.unsupportedProtocolVersion,
		'unsupported MQTT protocol version: use MQTT 5 or 3.1.1',
	);

const refuse = (
	listener: LinkListener,
	connection: Connection,
	code: Parameters<typeof refuseConnect>[1],
	why: string,
): void => {
	listener.count('packet-unsupported');
	refuseConnect(connection, code, `packet-unsupported: ${why}`);
};
