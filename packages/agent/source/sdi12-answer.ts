import { Problem } from '@keyward/core';
import { parseNumber } from './number.ts';

/** One figure of an SDI-12 sensor: its address, the measurement that is asked for, and which of its values, from 1. */
export interface Sdi12Value {
	readonly address: string;
	/** `M` to `M9`, `MC` to `MC9` with a checksum, `R0` to `R9` and `RC0` to `RC9` of sensors that measure all the time. */
	readonly command: string;
	readonly index: number;
}

const VALUE = /^([0-9A-Za-z]):(MC?[1-9]?|RC?[0-9]):([1-9]\d?)$/;

/** Reads `0:MC:2`. Throws `Problem('source-malformed')`. */
export const parseSdi12Value = (text: string): Sdi12Value => {
	const [, address, command, index] = VALUE.exec(text) ?? [];
	if (address !== undefined && command !== undefined) return { address, command, index: Number(index) };
	throw new Problem(
		'source-malformed',
		`${JSON.stringify(text)} is no value of an SDI-12 sensor: write ADDRESS:COMMAND:NUMBER, such as 0:MC:1 (commands M, MC, M1…, R0, RC0…)`,
	);
};

/** SDI-12 1.4, section 4.4.12.1: CRC-16 from 0, and three letters for it. */
export const sdi12Crc = (text: string): string => {
	let crc = 0;
	for (const byte of Buffer.from(text, 'latin1')) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa0_01 : crc >>> 1;
	}
	return String.fromCharCode(0x40 | (crc >>> 12), 0x40 | ((crc >>> 6) & 0x3f), 0x40 | (crc & 0x3f));
};

const none = (what: string): Problem =>
	new Problem('source-malformed', `what came is no answer to the request: ${what}`);

/**
 * The line that answers a command, without its CRLF; null when more is to come. An adapter may send the command back first. Throws
 * `Problem('source-malformed')` for another sensor's.
 */
export const sdi12Line = (address: string, command: string, came: Buffer): string | null => {
	const text = came.toString('latin1');
	// Adapters send zeros while they wake the line.
	const heard = text.replace(/^[\0\xff]+/, '');
	const answer = heard.startsWith(command) ? heard.slice(command.length) : heard;
	const end = answer.indexOf('\r\n');
	if (end < 0) return null;
	const line = answer.slice(0, end);
	if (line[0] !== address) throw none(`${JSON.stringify(line.slice(0, 20))} is not of sensor ${address}`);
	return line;
};

/** How long a measurement takes at most, and how many values it has (section 4.4.5). */
export const readMeasurement = (line: string): { readonly seconds: number; readonly count: number } => {
	const [, seconds, count] = /^.(\d{3})(\d{1,2})$/.exec(line) ?? [];
	if (seconds === undefined) throw none(`${JSON.stringify(line.slice(0, 20))} does not say how long it measures`);
	return { seconds: Number(seconds), count: Number(count) };
};

const VALUES = /^(?:[+-](?:\d{1,9}\.?\d{0,9}|\.\d{1,9}))*$/;

/** Values of a data line (section 4.4.8). Throws `Problem('sentence-checksum')` and `Problem('source-malformed')`. */
export const readValues = (line: string, hasCrc: boolean): number[] => {
	const body = hasCrc ? line.slice(0, -3) : line;
	// Integrity (input-refused): figures that a bad line garbled would otherwise be believed, and signed.
	if (hasCrc && (line.length < 4 || sdi12Crc(body) !== line.slice(-3)))
		throw new Problem('sentence-checksum', `the checksum of ${JSON.stringify(line.slice(0, 80))} is wrong`);
	const values = body.slice(1);
	if (!VALUES.test(values)) throw none(`${JSON.stringify(line.slice(0, 80))} has other than values`);
	return (values.match(/[+-][\d.]+/g) ?? []).map(parseNumber);
};
