import assert from 'node:assert/strict';
import { derChildren, encodeDer } from './der.ts';
import { derContents } from './der-types.ts';

/**
 * ECDSA-Sig-Value (RFC 3279 §2.2.3), DER, of r and s side by side at full width, as Cryptoki gives them (PKCS #11 v2.40
 * mechanisms §2.3.1).
 */
export const derOfSignature = (sides: Uint8Array): Uint8Array => {
	const half = sides.length / 2;
	return encodeDer(0x30, integer(sides.subarray(0, half)), integer(sides.subarray(half)));
};

/** Unsigned, big-endian: no leading zeros, and one before a first bit that is set. */
const integer = (octets: Uint8Array): Uint8Array => {
	const start = octets.findIndex((octet) => octet !== 0);
	const bare = start === -1 ? Uint8Array.of(0) : octets.subarray(start);
	return (bare[0] ?? 0) >= 0x80 ? encodeDer(0x02, Uint8Array.of(0), bare) : encodeDer(0x02, bare);
};

/** r and s of P-256 side by side, 64 bytes (RFC 9053 §2.1), of an ECDSA-Sig-Value. A bug where a signer gave something else. */
export const sidesOfSignature = (der: Uint8Array): Uint8Array => {
	const sides = Buffer.alloc(64);
	const [r, s, ...more] = derChildren(der).map((side) => trimmed(derContents(side)));
	assert(r !== undefined && s !== undefined && more.length === 0 && r.length <= 32 && s.length <= 32);
	sides.set(r, 32 - r.length);
	sides.set(s, 64 - s.length);
	return sides;
};

const trimmed = (octets: Uint8Array): Uint8Array => {
	const start = octets.findIndex((octet) => octet !== 0);
	return start === -1 ? new Uint8Array() : octets.subarray(start);
};
