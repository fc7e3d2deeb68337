import { type Answer, readAnswer } from './answer.ts';
import type { Version } from './packet.ts';

// In which version's form a server answers depends on the bytes that it was sent, and not on what its peer meant to send.

const isVersion = (level: number | undefined): level is Version => level === 4 || level === 5;

/**
 * In which versions a server may answer a client that sent these bytes first. Both of them where it is a CONNECT of another
 * protocol, or of one that cannot be read: MQTT 3.1.1 §3.1.2.2 has a server refuse it in that version's form, MQTT 5 §3.1.2.2 lets it refuse
 * in its own. None where it is no CONNECT: the connection ends without an answer ([MQTT-3.1.0-1] of both).
 */
export const formsOfAnswer = (input: Buffer): readonly Version[] => {
	if (input[0] !== 0x10) return [];
	let at = 1;
	while (at < 4 && (input[at] ?? 0) >= 0x80) at++;
	const level = input[at + 7];
	return input.toString('latin1', at + 1, at + 7) === '\0\x04MQTT' && isVersion(level) ? [level] : [4, 5];
};

/** Reads a packet that may be of either version; throws an AssertionError where it is of none. */
export const readInEither = (packet: Buffer): Answer => {
	try {
		return readAnswer(packet, 5);
	} catch {
		return readAnswer(packet, 4);
	}
};
