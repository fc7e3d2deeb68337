import { type ErrorCode, errorCodes } from '@keyward/core';
import type { Outcome } from './message.ts';

/** Reason codes of MQTT 5 §2.4 that a client may meet, in words. */
const words: Readonly<Record<number, string>> = {
	0x04: 'the service ended the session',
	0x80: 'the service gives no reason',
	0x81: 'the service could not parse a packet',
	0x82: 'a packet broke the protocol',
	0x83: 'the service does not take this',
	0x84: 'the service does not speak MQTT 5',
	0x85: 'the service does not take the client identifier',
	0x86: 'the service does not take the name or password',
	0x87: 'not authorized',
	0x88: 'the service is unavailable',
	0x89: 'the service is busy',
	0x8a: 'this device is banned',
	0x8b: 'the service is shutting down',
	0x8c: 'the service does not take the way of authentication',
	0x8d: 'the service heard nothing for too long',
	0x8e: 'another session took over',
	0x90: 'the service does not take the topic',
	0x93: 'too many messages in flight',
	0x95: 'the packet is too large',
	0x96: 'messages come too fast',
	0x97: 'a quota is used up',
	0x98: 'the service was told to end the session',
	0x99: 'the payload is not what its type says',
	0x9b: 'the service does not take QoS 1',
	0x9c: 'use another server',
	0x9d: 'the server has moved',
	0x9f: 'connections come too fast',
	0xa0: 'the session lasted as long as it may',
};

export const takenOver = 0x8e;

/** A reason code in words, with what the service said about it and the code itself. */
export const describeReason = (code: number, said: string | undefined): string => {
	const word = words[code] ?? 'the service gives a reason that MQTT 5 does not know';
	return `${word}${said === undefined || said === '' ? '' : `: ${said.slice(0, 500)}`} (0x${code.toString(16).padStart(2, '0')})`;
};

/** The only one of a PUBACK's codes (MQTT 5 §3.4.2.1) that passes by itself; a busy server says so by DISCONNECT. */
const quotaExceeded = 0x97;

/** Refusals of the service's state or of the session, not of the reading: with those mended it may be taken. */
const notTheReading: readonly ErrorCode[] = [
	'store-failed',
	'disk-short',
	'taken-over',
	'not-authenticated',
	'link-too-weak',
	'custody-too-weak',
	'certificate-unknown',
	'certificate-revoked',
];

/** In the answer to a PUBLISH they say: of this stream nothing now, though others of the device are taken (essential-function), or not before a signature (reading-signature). */
const ofTheStream: readonly ErrorCode[] = ['certificate-expired', 'device-quarantined', 'reading-unsigned'];

/**
 * What a PUBACK means for its readings. A refusal is final unless it passes by itself or blames the session. The error
 * code is read from the reason string, which Keyward begins with `code: `; another server's codes are translated.
 */
export const judgePuback = (
	code: number,
	said: string | undefined,
): Outcome | { readonly kind: 'retry'; readonly why: string } => {
	// 0x10: no subscriber yet; it is accepted all the same.
	if (code < 0x80) return { kind: 'acknowledged' };
	const [first = ''] = (said ?? '').split(':', 1);
	const named = errorCodes.find((known) => known === first);
	if (code === quotaExceeded || (named !== undefined && notTheReading.includes(named))) {
		return { kind: 'retry', why: describeReason(code, said) };
	}
	if (named !== undefined && ofTheStream.includes(named)) return { kind: 'withheld', why: describeReason(code, said) };
	return { kind: 'refused', code: named ?? translated(code), detail: describeReason(code, said) };
};

const translated = (code: number): ErrorCode => {
	if (code === 0x87) return 'not-granted';
	if (code === 0x90) return 'reading-unknown-stream';
	if (code === 0x95) return 'packet-too-large';
	if (code === 0x99) return 'senml-malformed';
	return 'packet-unsupported';
};

const noWaitMends: readonly ErrorCode[] = ['certificate-revoked', 'certificate-unknown'];

/** The code of a refusal that no waiting mends, of a link's `why`; null for all else. */
export const finalRefusal = (why: string): ErrorCode | null =>
	noWaitMends.find((code) => why.startsWith(`${words[0x87] ?? ''}: ${code}:`)) ?? null;
