import type { Bytes } from '@keyward/core';

/** How a frame is checked, and whether the check comes as two hex digits instead of a byte. */
export const blockChecks = ['none', 'bcc', 'bcc-hex', 'lrc', 'lrc-hex', 'sum', 'sum-hex'] as const;

export type BlockCheck = (typeof blockChecks)[number];

/** Bytes of the check after the end of a frame. */
export const checkSize = (check: BlockCheck): Bytes => (check === 'none' ? 0 : check.endsWith('-hex') ? 2 : 1);

/** As NMEA 0183 and many block checks have it. */
export const xorOf = (bytes: Uint8Array): number => bytes.reduce((check, byte) => check ^ byte, 0);

/** `bcc`: the exclusive or (ISO 1155, IEC 62056-21); `sum`: the sum; `lrc`: its two's complement (Modbus serial line, section 6.2.1). */
const figures: Readonly<Record<string, (bytes: Uint8Array) => number>> = {
	bcc: xorOf,
	sum: (bytes) => bytes.reduce((check, byte) => (check + byte) & 0xff, 0),
	lrc: (bytes) => -bytes.reduce((check, byte) => check + byte, 0) & 0xff,
};

/** Null when the check agrees with the bytes; else what it should be and what came. */
export const disagreement = (check: BlockCheck, bytes: Uint8Array, sent: Uint8Array): string | null => {
	const [name = ''] = check.split('-');
	const figure = figures[name]?.(bytes);
	if (figure === undefined) return null;
	const hex = figure.toString(16).toUpperCase().padStart(2, '0');
	const came = check.endsWith('-hex') ? Buffer.from(sent).toString('latin1').toUpperCase() : hexOf(sent);
	return came === hex ? null : `the ${name} is ${hex}, the instrument sent ${JSON.stringify(came)}`;
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
