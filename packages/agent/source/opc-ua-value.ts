import { Problem } from '@keyward/core';
import type { NodeId, OpcUaReader } from './opc-ua-binary.ts';

/** Reads `ns=2;s=Tank.Level`, `ns=3;i=1001` or `i=2258`. Throws `Problem('source-malformed')`. */
export const parseNodeId = (text: string): NodeId => {
	const [, namespace = '0', form, written = ''] = /^(?:ns=(\d{1,5});)?([is])=(.{1,512})$/s.exec(text) ?? [];
	const id = form === 's' ? written : /^\d{1,10}$/.test(written) ? Number(written) : Number.NaN;
	if (form !== undefined && Number(namespace) <= 0xff_ff && (typeof id === 'string' || id <= 0xff_ff_ff_ff))
		return { namespace: Number(namespace), id };
	throw new Problem(
		'source-malformed',
		`${JSON.stringify(text)} is no node: write ns=2;s=Tank.Level or ns=3;i=1001, as the server's address space shows it`,
	);
};

/** A value and how good it is (Part 4, section 7.11). */
export interface DataValue {
	/** `undefined` for what is no single number, text or truth. */
	readonly value: number | bigint | string | boolean | null | undefined;
	readonly status: number;
}

/** Part 6, section 5.2.2.17. */
export const readDataValue = (reader: OpcUaReader): DataValue => {
	const mask = reader.uint8();
	const value = (mask & 1) === 0 ? null : readVariant(reader);
	// What cannot be read over ends the message: nothing after it is needed.
	if (value === undefined) return { value, status: 0 };
	const status = (mask & 2) === 0 ? 0 : reader.uint32();
	if ((mask & 4) !== 0) reader.bytes(8);
	if ((mask & 16) !== 0) reader.bytes(2);
	if ((mask & 8) !== 0) reader.bytes(8);
	if ((mask & 32) !== 0) reader.bytes(2);
	return { value, status };
};

const readVariant = (reader: OpcUaReader): DataValue['value'] => {
	switch (reader.uint8()) {
		case 0:
			return null;
		case 1:
			return reader.uint8() !== 0;
		case 2:
			return reader.bytes(1).readInt8();
		case 3:
			return reader.uint8();
		case 4:
			return reader.bytes(2).readInt16LE();
		case 5:
			return reader.uint16();
		case 6:
			return reader.int32();
		case 7:
			return reader.uint32();
		case 8:
			return reader.bytes(8).readBigInt64LE();
		case 9:
			return reader.bytes(8).readBigUInt64LE();
		case 10:
			return shortest(reader.bytes(4).readFloatLE());
		case 11:
			return reader.double();
		case 12:
			return reader.string();
		default:
			return undefined;
	}
};

/** The shortest decimal that is this single-precision number: 21.1, and not 21.100000381469727. */
const shortest = (value: number): number => {
	for (let digits = 6; digits < 9; digits++) {
		const short = Number(value.toPrecision(digits));
		if (Math.fround(short) === value) return short;
	}
	return value;
};

/** What some status codes of Part 6, annex A.2 say. */
const STATUS: Readonly<Record<number, string>> = {
	0x80_1f: 'this user may not read it',
	0x80_31: 'the server does not reach the instrument',
	0x80_32: 'no value has come yet',
	0x80_33: 'no such node has a valid identifier',
	0x80_34: 'there is no such node: look at --map',
	0x80_3a: 'it cannot be read',
	0x80_8a: 'the instrument is not connected',
	0x80_8b: 'the instrument has failed',
	0x80_8c: 'the sensor has failed',
	0x80_8d: 'it is out of service',
	0x40_90: 'this is the last value before the instrument went away',
	0x40_93: 'the sensor is at its limit or not calibrated',
	0x00_96: 'somebody has set it by hand',
};

const named = (status: number): string =>
	`${STATUS[status >>> 16] ?? 'it is not good'} (status 0x${status.toString(16).padStart(8, '0')})`;

/**
 * The figure. Integrity (input-refused): a value that the server itself doubts, kept from before the instrument went away or set by
 * hand, would be stored as measured. Throws `Problem` for it, and for what is no single figure.
 */
export const figureOf = ({ value, status }: DataValue): number | string | boolean => {
	const severity = status >>> 30;
	if (severity === 1 || status >>> 16 === 0x00_96) throw new Problem('source-no-value', named(status));
	if (severity !== 0) throw new Problem('source-unavailable', named(status));
	if (value === undefined) throw new Problem('source-malformed', 'this is no single number, text or truth');
	if (value === null) throw new Problem('source-no-value', 'the server has no value for it');
	if (typeof value === 'number' && Number.isNaN(value)) throw new Problem('source-no-value', 'it is no number (NaN)');
	const figure = typeof value === 'bigint' ? Number(value) : value;
	if (
		typeof figure !== 'number' ||
		(Number.isFinite(figure) && (typeof value !== 'bigint' || BigInt(figure) === value))
	)
		return figure;
	throw new Problem('source-malformed', `${value} is no figure that can be kept`);
};
