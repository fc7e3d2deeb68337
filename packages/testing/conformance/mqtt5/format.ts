import type { Row } from '../statement.ts';

/** Chapters 1 and 2: data, the fixed header, identifiers, properties. */
export const format: readonly Row[] = [
	['1.5.4-1', 'Text is well-formed UTF-8, without surrogates'],
	['1.5.4-2', 'Text holds no U+0000'],
	['1.5.4-3', 'EF BB BF is a character like others: it is kept'],
	['1.5.5-1', 'A Variable Byte Integer has the fewest bytes'],
	['1.5.7-1', 'Both strings of a pair are well-formed text'],
	['2.1.3-1', 'Reserved flags have the value that is listed'],
	['2.2.1-2', 'PUBLISH at QoS 0 has no packet identifier'],
	['2.2.1-3', 'Packet identifiers of a client are not 0, and unused'],
	['2.2.1-4', 'Packet identifiers of a server are not 0, and unused'],
	['2.2.1-5', 'PUBACK and its kin name the PUBLISH that they answer'],
	['2.2.1-6', 'SUBACK and UNSUBACK name the packet that they answer'],
	['2.2.2-1', 'No properties is a length of zero'],
];
