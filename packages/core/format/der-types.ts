import type { Instant } from '../units/instant.ts';
import { encodeDer } from './der.ts';
import { writtenInstant } from '../units/written-instant.ts';

// Values of the universal types (X.690 §8, §10.2), as CRL, OCSP and CSR attributes are written with them.

export const derSequence = (...parts: readonly Uint8Array[]): Uint8Array => encodeDer(0x30, ...parts);

export const derSet = (...parts: readonly Uint8Array[]): Uint8Array => encodeDer(0x31, ...parts);

export const derOctets = (bytes: Uint8Array): Uint8Array => encodeDer(0x04, bytes);

export const derNull: Uint8Array = Uint8Array.of(0x05, 0x00);

export const derTrue: Uint8Array = Uint8Array.of(0x01, 0x01, 0xff);

/** A bit string of whole octets. */
export const derBits = (bytes: Uint8Array): Uint8Array => encodeDer(0x03, Uint8Array.of(0), bytes);

/** 0 to 127. */
export const derEnumerated = (value: number): Uint8Array => Uint8Array.of(0x0a, 0x01, value);

/** An unsigned integer: up to `Number.MAX_SAFE_INTEGER`, or big-endian octets, which need not be the fewest. */
export const derInteger = (value: number | Uint8Array): Uint8Array => {
	const hex = typeof value === 'number' ? value.toString(16) : Buffer.from(value).toString('hex');
	const octets = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
	const first = octets.findIndex((octet) => octet !== 0);
	const shortest = first < 0 ? Buffer.alloc(1) : octets.subarray(first);
	return encodeDer(0x02, (shortest[0] ?? 0) < 0x80 ? new Uint8Array() : Uint8Array.of(0), shortest);
};

/** OBJECT IDENTIFIER of a dotted OID. */
export const derOid = (dotted: string): Uint8Array => {
	const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
	const octets = [first * 40 + second, ...rest].flatMap((arc) => {
		const groups = [arc % 128];
		for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128)) groups.unshift(128 + (high % 128));
		return groups;
	});
	return encodeDer(0x06, Uint8Array.from(octets));
};

/** `YYYYMMDDHHMMSSZ`, whole seconds (RFC 5280 §4.1.2.5.2). */
const zulu = (at: Instant): string => new Date(at).toISOString().slice(0, 19).replace(/[-T:]/g, '').concat('Z');

export const derGeneralizedTime = (at: Instant): Uint8Array => encodeDer(0x18, Buffer.from(zulu(at), 'latin1'));

/** Time of RFC 5280 §4.1.2.5: UTCTime before 2050, GeneralizedTime from then on. */
export const derTime = (at: Instant): Uint8Array =>
	new Date(at).getUTCFullYear() < 2050
		? encodeDer(0x17, Buffer.from(zulu(at).slice(2), 'latin1'))
		: derGeneralizedTime(at);

/** Extension of RFC 5280 §4.1; `value` is the DER inside the OCTET STRING. */
export const derExtension = (oid: string, value: Uint8Array, critical = false): Uint8Array =>
	derSequence(derOid(oid), ...(critical ? [derTrue] : []), derOctets(value));

/** What a value holds, without its tag and length. The value is one that `requireDer` has passed. */
export const derContents = (der: Uint8Array): Uint8Array => {
	const length = der[1] ?? 0;
	return der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f));
};

/** A time of RFC 5280 §4.1.2.5 in milliseconds; null for any other value. */
export const readDerTime = (der: Uint8Array): Instant | null => {
	const text = Buffer.from(derContents(der)).toString('latin1');
	const digits = der[0] === 0x18 ? /^\d{14}Z$/ : /^\d{12}Z$/;
	if ((der[0] !== 0x17 && der[0] !== 0x18) || !digits.test(text)) return null;
	// RFC 5280 §4.1.2.5.1: two digits from 50 on are of the last century.
	const full = der[0] === 0x18 ? text : (Number(text.slice(0, 2)) >= 50 ? '19' : '20') + text;
	return writtenInstant(full.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
};

/** The dotted OID of an OBJECT IDENTIFIER that `requireDer` has passed. */
export const readDerOid = (der: Uint8Array): string => {
	const arcs: number[] = [];
	let arc = 0;
	for (const octet of derContents(der)) {
		arc = arc * 128 + (octet & 0x7f);
		if (octet < 0x80) {
			if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
			else arcs.push(arc);
			arc = 0;
		}
	}
	return arcs.join('.');
};

/** A positive INTEGER as `IssuedCertificate.serial` writes it. */
export const readDerSerial = (der: Uint8Array): string => {
	const contents = derContents(der);
	return Buffer.from(contents.length > 1 && contents[0] === 0 ? contents.subarray(1) : contents).toString('hex');
};
