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

/**
 * One parser for each version serves every connection: it is given one whole packet at a time, whose form was checked, and
 * keeps nothing between two, so that a length inside a packet can never reach into the next one.
 */
export const createDecoder = (): Decoder => {
	let found: Received | null = null;
	let problem: Error | null = null;
	const make = (protocolVersion: 4 | 5): Parser =>
		parser({ protocolVersion })
			.on('packet', (packet) => {
				if (packet.cmd !== 'publish') found = packet;
			})
			.on('error', (error: Error) => {
				problem = error;
			});
	const parsers = { 4: make(4), 5: make(5) };
	return (packet, version) => {
		if (version !== 0 && (packet[0] ?? 0) >> 4 === publish) return readPublish(packet, version);
		if (version !== 0 && packet.length === 2 && packet.readUInt16BE(0) === pingreq) return ping;
		const judged = version === 0 ? checkConnectForm(packet) : checkForm(packet, version);
		if (judged !== null) return judged;
		found = null;
		problem = null;
		// A parser takes over what a CONNECT says of its peer: each has its own.
		const left = (version === 0 ? make(4) : parsers[version]).parse(packet);
		if (problem === null && left === 0 && found !== null) return found;
		if (version !== 0) parsers[version] = make(version);
		throw new Problem('packet-malformed', 'the packet is not well-formed MQTT', { cause: problem });
	};
};
