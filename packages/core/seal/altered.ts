import { type Cbor, type CborMap, decodeCbor, decodeSequence, encodeCbor, isMap, Tagged } from '../format/cose/cbor.ts';
import { mostItems } from './sealed-item.ts';

/** Of P-256 (SEC 2 §2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SIDE = 32;

/**
 * The last item of a sealed message in two forms that a service must refuse: the same number with other bytes, which nothing but the
 * memory of what is stored tells from a true one where the item is signed, and with a header that nobody declared.
 */
export const alteredItem = (message: Uint8Array): { readonly conflicting: Uint8Array; readonly extra: Uint8Array } => {
	const [item] = decodeSequence(message, mostItems).slice(-1);
	if (item === undefined) throw new TypeError('a sealed message has an item');
	const { value, bytes } = item;
	const signed = value instanceof Tagged;
	return { conflicting: signed ? otherSignature(bytes) : lastFlipped(bytes), extra: withHeader(value) };
};

const lastFlipped = (bytes: Uint8Array): Uint8Array => {
	const other = Uint8Array.from(bytes);
	other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
	return other;
};

/** Of an ECDSA signature anybody can make a second valid one: s → n − s. */
const otherSignature = (bytes: Uint8Array): Uint8Array => {
	const at = bytes.length - SIDE;
	const s = BigInt(`0x${Buffer.from(bytes.subarray(at)).toString('hex')}`);
	if (s === 0n || s >= ORDER) return lastFlipped(bytes);
	const other = Buffer.from((ORDER - s).toString(16).padStart(2 * SIDE, '0'), 'hex');
	return Uint8Array.from(Buffer.concat([bytes.subarray(0, at), other]));
};

/** A signed reading is changed within: what is around it is the same as of all else that is signed. */
const withHeader = (value: Cbor): Uint8Array => {
	if (!(value instanceof Tagged)) return encodeCbor(withExtra(value));
	const parts = value.value as readonly Cbor[];
	const [first = null, second = null, payload = null, signature = null] = parts;
	const inner = payload instanceof Uint8Array ? decodeCbor(payload) : null;
	const isReading = Array.isArray(inner) && isMap((inner as readonly Cbor[])[1]);
	if (!isReading) return encodeCbor(new Tagged(value.tag, withExtra(parts)));
	return encodeCbor(new Tagged(value.tag, [first, second, encodeCbor(withExtra(inner)), signature]));
};

const withExtra = (parts: Cbor): Cbor => {
	const [first = null, second, ...rest] = parts as readonly Cbor[];
	const headers: CborMap = isMap(second) ? second : new Map();
	return [first, new Map([...headers, ['keyward-probe', true]]), ...rest];
};
