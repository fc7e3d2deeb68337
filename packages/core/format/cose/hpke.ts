import { createHash } from 'node:crypto';
import { encodeCbor } from './cbor.ts';
import { decryptContent, encryptContent } from './encrypt.ts';
import { algorithm } from './header.ts';

// HPKE in COSE for one suite: HPKE-8-KE of draft-ietf-cose-hpke-pq-pqt-01, which is MLKEM768-P256 (0x0050) of draft-ietf-hpke-pq-05
// and draft-irtf-cfrg-concrete-hybrid-kems-04, SHAKE256 (0x0011) and AES-256-GCM (0x0002). Pinned to these drafts: what a later one
// changes is another suite (docs/adr).

/** Number of HPKE-8-KE among COSE algorithms, as the draft assumes it; and of the header parameter `ek` (draft-ietf-cose-hpke-27). */
export const hpke = { algorithm: 55, encapsulatedKey: -4 } as const;

const LABEL = Buffer.from('MLKEM768-P256', 'latin1');
const SUITE = Buffer.from('HPKE\x00\x50\x00\x11\x00\x02', 'latin1');
const BASE_MODE = 0;
const [KEY, NONCE, EXPORTER] = [32, 12, 64];
const nothing = new Uint8Array();

/**
 * The secret of the hybrid: SHA3-256 over both secrets, the P-256 point sent, the P-256 point of the recipient, and the label
 * (concrete-hybrid-kems §4, C2PRI combiner). Safe while either of the two is. Points are uncompressed, 65 bytes.
 */
export const combineSecrets = (
	mlKemSecret: Uint8Array,
	ecdhSecret: Uint8Array,
	sentPoint: Uint8Array,
	recipientPoint: Uint8Array,
): Uint8Array => {
	const parts = [mlKemSecret, ecdhSecret, sentPoint, recipientPoint, LABEL];
	return new Uint8Array(createHash('sha3-256').update(Buffer.concat(parts)).digest());
};

/** What the keys of a recipient depend on beside the secret: Recipient_structure (draft-ietf-cose-hpke-27 §3.3.1). */
const recipientInfo = (protectedBytes: Uint8Array): Uint8Array =>
	encodeCbor(['HPKE Recipient', algorithm.A256GCM, protectedBytes, nothing]);

/** Key and nonce for one message: CombineSecrets_OneStage (draft-ietf-hpke-hpke-04 §5.1) without a pre-shared key. */
const schedule = (secret: Uint8Array, info: Uint8Array): { readonly key: Uint8Array; readonly iv: Uint8Array } => {
	const length = KEY + NONCE + EXPORTER;
	const derived = createHash('shake256', { outputLength: length })
		.update(Buffer.concat([prefixed(nothing), prefixed(secret)]))
		.update(Buffer.concat([Buffer.from('HPKE-v1'), SUITE, prefixed(Buffer.from('secret')), twoBytes(length)]))
		.update(Buffer.concat([Uint8Array.of(BASE_MODE), prefixed(nothing), prefixed(info)]))
		.digest();
	return { key: derived.subarray(0, KEY), iv: derived.subarray(KEY, KEY + NONCE) };
};

const twoBytes = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
const prefixed = (bytes: Uint8Array): Uint8Array => Buffer.concat([twoBytes(bytes.length), bytes]);

/** The content key for one recipient, 16 bytes longer. */
export const hpkeSeal = (secret: Uint8Array, protectedBytes: Uint8Array, contentKey: Uint8Array): Uint8Array =>
	encryptContent(contentKey, {
		algorithm: algorithm.A256GCM,
		...schedule(secret, recipientInfo(protectedBytes)),
		aad: nothing,
	});

/** The content key; null where it was altered or is for somebody else. */
export const hpkeOpen = (secret: Uint8Array, protectedBytes: Uint8Array, sealed: Uint8Array): Uint8Array | null =>
	decryptContent(sealed, {
		algorithm: algorithm.A256GCM,
		...schedule(secret, recipientInfo(protectedBytes)),
		aad: nothing,
	});
