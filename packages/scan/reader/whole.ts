import { derOfBer } from '../key/ber.ts';
import type { Content } from '../content/content.ts';
import { isWhole, readValue } from '../key/der.ts';
import { p256Spki } from '../key/spki.ts';
import { readDerObject } from './der-object.ts';

/** DER or BER that begins a stream: a SEQUENCE of a plausible start; or 65 bytes that may be a point. */
export const couldBeWhole = (head: Buffer): boolean => {
	if (head.length === 65 && head[0] === 4) return true;
	if (head[0] !== 0x30) return false;
	const length = head[1] ?? 0;
	if (length === 0x80) return head[2] === 0x06 || head[2] === 0x02;
	const contents = length < 0x80 ? 2 : 2 + (length & 0x7f);
	const tag = head[contents] ?? 0;
	return contents <= 6 && (length > 0x80 || length >= 0x20) && (tag === 0x30 || tag === 0x02 || tag === 0x06);
};

/**
 * Reads what is one key, certificate or container at the start of these bytes: DER, PKCS#12, a raw P-256 point. Gives the
 * bytes that are still to be searched: what was read is zeros in them, and BER, as PKCS#7 is streamed in, is DER. One that is
 * cut short or malformed is said.
 */
export const readWhole = (bytes: Buffer, content: Content): Buffer => {
	if (bytes.length === 65 && bytes[0] === 4) {
		const spki = p256Spki(bytes);
		if (spki !== null) content.key('public key, raw P-256 point', spki, false);
		return spki === null ? bytes : Buffer.alloc(0);
	}
	const der = bytes[1] === 0x80 ? derOfBer(bytes) : bytes;
	const value = der === null ? null : readValue(der, 0, der.length);
	if (der === null || value === null) {
		content.problem('it begins as DER does and is cut short', 'byte 0');
		return bytes;
	}
	const rest = Buffer.from(der.buffer, der.byteOffset, der.length);
	const one = der.subarray(0, value.end);
	if (content.isRepeat(one) || readDerObject(one, content, 'DER', false)) rest.fill(0, 0, value.end);
	else if (!isWhole(der, value, { left: 1_000_000 }))
		content.problem('it begins as DER does and is malformed', 'byte 0');
	return rest;
};
