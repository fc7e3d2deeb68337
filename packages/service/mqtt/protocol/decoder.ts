import { Problem } from '@keyward/core';
import { type IPublishPacket, type Packet, parser, type Parser } from 'mqtt-packet';
import { checkConnectForm, type OtherProtocol } from './connect-packet.ts';
import { checkForm, type TooMany } from './packet-form.ts';
import { type Publish, readPublish } from './publish-packet.ts';

/** A packet as a peer sent it. */
export type Received = Exclude<Packet, IPublishPacket> | Publish | TooMany;

/** Reads one whole packet of a peer that speaks `version`, 0 before its CONNECT. Throws `Problem('packet-malformed')`. */
export type Decoder = (packet: Buffer, version: 0 | 4 | 5) => Received | OtherProtocol;

const publish = 3;
/** The whole of a PINGREQ (MQTT 5 §3.12). */
const pingreq = 0xc000;
const ping = { cmd: 'pingreq' } as const;

/** What a parser takes over of a CONNECT for all that follows; mqtt-packet does not document it. */
interface WithSettings {
	settings: object;
}

/**
 * One parser for each version, and one for CONNECT, serves every connection: it is given one whole packet at a time, whose form was
 * checked, and keeps nothing between two, so that a length inside a packet can never reach into the next one.
 */
export const createDecoder = (): Decoder => {
	let found: Received | null = null;
	let problem: Error | null = null;
	const make = (settings: { readonly protocolVersion: 4 | 5 }): Parser =>
		parser(settings)
			.on('packet', (packet) => {
				if (packet.cmd !== 'publish') found = packet;
			})
			.on('error', (error: Error) => {
				problem = error;
			});
	const settingsOf = { 0: { protocolVersion: 4 }, 4: { protocolVersion: 4 }, 5: { protocolVersion: 5 } } as const;
	const parsers = { 0: make(settingsOf[0]), 4: make(settingsOf[4]), 5: make(settingsOf[5]) };
	return (packet, version) => {
		if (version !== 0 && (packet[0] ?? 0) >> 4 === publish) return readPublish(packet, version);
		if (version !== 0 && packet.length === 2 && packet.readUInt16BE(0) === pingreq) return ping;
		const judged = version === 0 ? checkConnectForm(packet) : checkForm(packet, version);
		if (judged !== null) return judged;
		found = null;
		problem = null;
		const left = parsers[version].parse(packet);
		// What a CONNECT says of its peer is that peer's alone.
		if (version === 0) (parsers[0] as unknown as WithSettings).settings = settingsOf[0];
		if (problem === null && left === 0 && found !== null) return found;
		parsers[version] = make(settingsOf[version]);
		throw new Problem('packet-malformed', 'the packet is not well-formed MQTT', { cause: problem });
	};
};
