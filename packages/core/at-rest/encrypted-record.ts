import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { Identity } from '../observe/identity.ts';
import { Problem } from '../problem/problem.ts';

const TAG_LENGTH = 16;
const LOW = 0x80;
const TWO_32 = 2 ** 32;

/**
 * A record as it lies in the store: varint(span's key) ‖ varint(device's key) ‖ varint(count) ‖ ciphertext ‖ tag, AES-256-GCM.
 * The keys are named by their numbers in the store. Its stream and identity are authenticated with it, so that it stands for no
 * other record.
 *
 * The nonce is the count, which a span's key never sees twice: each start of the service makes new span keys and counts from 1 in
 * memory, and a count that was taken is not given again, whether its commit succeeds or not. So neither a crash, nor a rolled-back
 * commit, nor a database that was put back can lead to one nonce for two records (NIST SP 800-38D §8.2.1).
 */
export interface RecordHead {
	/** Number of the span's key. */
	readonly span: number;
	/** Number of the device's key. */
	readonly device: number;
	/** How manieth record under the span's key. */
	readonly count: number;
}

/** What a record is authenticated for. */
export interface RecordPlace {
	readonly stream: number;
	readonly identity: Identity;
}

const lengthOf = (value: number): number => {
	let length = 1;
	for (let rest = value; rest >= LOW; rest = Math.floor(rest / LOW)) length++;
	return length;
};

const writeVarint = (bytes: Uint8Array, at: number, value: number): number => {
	let [rest, next] = [value, at];
	while (rest >= LOW) {
		bytes[next++] = (rest % LOW) | LOW;
		rest = Math.floor(rest / LOW);
	}
	bytes[next++] = rest;
	return next;
};

// One of each for all records: they are filled in and used within one call.
const nonce = Buffer.alloc(12);
const place = Buffer.alloc(12);

const setNonce = (count: number): Buffer => {
	nonce.writeUInt32BE(Math.floor(count / TWO_32), 4);
	nonce.writeUInt32BE(count % TWO_32, 8);
	return nonce;
};

const setPlace = ({ stream, identity }: RecordPlace): Buffer => {
	place.writeUInt32BE(stream, 0);
	place.writeInt32BE(Math.floor(identity / TWO_32), 4);
	place.writeUInt32BE(identity >>> 0, 8);
	return place;
};

/** `key` belongs to the head's two keys, and the head's count to no other record. */
export const encryptRecord = (
	key: KeyObject,
	{ span, device, count }: RecordHead,
	at: RecordPlace,
	payload: Uint8Array,
): Uint8Array => {
	const head = lengthOf(span) + lengthOf(device) + lengthOf(count);
	const bytes = new Uint8Array(head + payload.length + TAG_LENGTH);
	writeVarint(bytes, writeVarint(bytes, writeVarint(bytes, 0, span), device), count);
	const cipher = createCipheriv('aes-256-gcm', key, setNonce(count));
	cipher.setAAD(setPlace(at));
	// GCM gives each byte at once: `final` adds the tag alone.
	bytes.set(cipher.update(payload), head);
	cipher.final();
	bytes.set(cipher.getAuthTag(), head + payload.length);
	return bytes;
};

/** A record taken apart. */
export interface EncryptedRecord extends RecordHead {
	readonly ciphertext: Uint8Array;
	readonly tag: Uint8Array;
}

const broken = (): Problem =>
	new Problem(
		'store-failed',
		'An encrypted reading is not as it was stored. Run keyward ledger verify, and restore a backup.',
	);

/** Throws `Problem('store-failed')` for what is no encrypted record. */
export const readEncryptedRecord = (bytes: Uint8Array): EncryptedRecord => {
	let at = 0;
	const varint = (): number => {
		let value = 0;
		for (let scale = 1; scale <= 2 ** 49; scale *= LOW) {
			const part = bytes[at++];
			if (part === undefined) break;
			value += (part % LOW) * scale;
			if (part < LOW && Number.isSafeInteger(value)) return value;
		}
		throw broken();
	};
	const [span, device, count] = [varint(), varint(), varint()];
	if (bytes.length - at < TAG_LENGTH) throw broken();
	const tag = bytes.subarray(-TAG_LENGTH);
	return { span, device, count, ciphertext: bytes.subarray(at, -TAG_LENGTH), tag };
};

/** Throws `Problem('store-failed')` when the record, its place or its key is another. */
export const decryptRecord = (key: KeyObject, record: EncryptedRecord, at: RecordPlace): Uint8Array => {
	const cipher = createDecipheriv('aes-256-gcm', key, setNonce(record.count), { authTagLength: TAG_LENGTH });
	cipher.setAAD(setPlace(at)).setAuthTag(record.tag);
	const payload = new Uint8Array(cipher.update(record.ciphertext));
	try {
		cipher.final();
	} catch {
		throw broken();
	}
	return payload;
};
