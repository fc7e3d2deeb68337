import { openAesSiv, sealAesSiv } from '../format/aes-siv.ts';
import { Problem } from '../problem/problem.ts';
import { extensionField, fieldType, fill4, readExtensionFields } from './extension-field.ts';
import { NTP_HEADER } from './ntp-message.ts';

/** The body of the field that authenticates all before it (RFC 8915 §5.6): lengths, nonce, ciphertext. */
const authenticator = (key: Uint8Array, before: Uint8Array, nonce: Uint8Array, inside: Uint8Array): Uint8Array => {
	const sealed = sealAesSiv(key, [before, nonce], inside);
	const body = new Uint8Array(4 + fill4(nonce.length) + fill4(sealed.length));
	const view = new DataView(body.buffer);
	view.setUint16(0, nonce.length);
	view.setUint16(2, sealed.length);
	body.set(nonce, 4);
	body.set(sealed, 4 + fill4(nonce.length));
	return extensionField(fieldType.authenticator, body);
};

/** A packet with its unique identifier, further fields, and the field that authenticates them, with what is to be encrypted in it. */
export const authenticated = (
	key: Uint8Array,
	header: Uint8Array,
	fields: readonly Uint8Array[],
	nonce: Uint8Array,
	inside: Uint8Array = new Uint8Array(),
): Uint8Array => {
	const before = new Uint8Array(Buffer.concat([header, ...fields]));
	return new Uint8Array(Buffer.concat([before, authenticator(key, before, nonce, inside)]));
};

/** A request under the cookie and the key to the server (RFC 8915 §5.7). `unique` has 32 bytes at random, `nonce` 16. */
export const ntsRequest = (
	header: Uint8Array,
	cookie: Uint8Array,
	key: Uint8Array,
	random: { readonly unique: Uint8Array; readonly nonce: Uint8Array },
): Uint8Array =>
	authenticated(
		key,
		header,
		[extensionField(fieldType.unique, random.unique), extensionField(fieldType.cookie, cookie)],
		random.nonce,
	);

/**
 * Requires that the answer was made for this request by who has the key of the answers (RFC 8915 §5.7, IEC 62443-4-2 CR 2.11 RE(2)):
 * else anybody on the way tells the service what time it is. Gives its header. Throws `Problem('time-refused')`.
 */
export const requireNtsReply = (bytes: Uint8Array, unique: Uint8Array, key: Uint8Array): Uint8Array => {
	const refuse = (detail: string): never => {
		throw new Problem('time-refused', detail);
	};
	if (bytes.length < NTP_HEADER) refuse(`an answer of ${bytes.length} bytes is no NTP`);
	const fields = readExtensionFields(bytes, NTP_HEADER);
	const last = fields.findIndex(({ type }) => type === fieldType.authenticator);
	const field = fields[last];
	// A server that lost its keys says so without authenticator (NTSN): a new key exchange mends it, and the time in it counts for nothing.
	if (field === undefined) return refuse('the answer is not authenticated');
	const identifier = fields.slice(0, last).find(({ type }) => type === fieldType.unique);
	if (identifier === undefined || Buffer.compare(identifier.body, unique) !== 0)
		return refuse('the answer is to another request: it was replayed, or made up');
	const { body } = field;
	const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
	const [nonceLength, sealedLength] = [view.getUint16(0), view.getUint16(2)];
	const sealedAt = 4 + fill4(nonceLength);
	if (sealedAt + sealedLength > body.length) refuse('the field that authenticates the answer is cut short');
	const sealed = body.subarray(sealedAt, sealedAt + sealedLength);
	const inside = openAesSiv(key, [bytes.subarray(0, field.start), body.subarray(4, 4 + nonceLength)], sealed);
	if (inside === null) refuse('the answer was changed on the way, or made by somebody without the key');
	return bytes.subarray(0, NTP_HEADER);
};
