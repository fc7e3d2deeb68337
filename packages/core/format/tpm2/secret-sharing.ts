import assert from 'node:assert/strict';
import { constants, createECDH, createPublicKey, hash, publicEncrypt } from 'node:crypto';
import { KDFe } from './kdf.ts';
import { curveOf, padded, toSubjectPublicKeyInfo, uncompressedPoint } from './public-key.ts';
import { concat, malformed, u32 } from './structure.ts';
import { hashOf, TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';
import { type EccPublic, type RsaPublic, TPMS_ECC_POINT, type TPMT_PUBLIC } from './tpmt-public.ts';

/** How many fresh random bytes {@link shareSecret} takes. */
export const SHARED_SECRET_ENTROPY = 128;

export interface SharedSecret {
	/** The secret itself, as long as a digest of the key's name algorithm. */
	readonly seed: Uint8Array;
	/** Contents of TPM2B_ENCRYPTED_SECRET, which the private key turns back into the seed. */
	readonly encryptedSecret: Uint8Array;
}

/**
 * A secret that only the TPM with this decryption key learns (Part 1 B.10 for RSA: OAEP; C.6 for ECC: one-pass ECDH).
 * `entropy` is {@link SHARED_SECRET_ENTROPY} unpredictable bytes, never used again. Throws `Problem('tpm-malformed')` when the
 * area is no RSA or ECC decryption key.
 */
export const shareSecret = (area: TPMT_PUBLIC, label: 'IDENTITY' | 'SECRET', entropy: Uint8Array): SharedSecret => {
	assert.equal(entropy.length, SHARED_SECRET_ENTROPY);
	if (area.type === TPM_ALG.KEYEDHASH || !area.objectAttributes.decrypt || area.objectAttributes.sign) {
		return malformed('A secret can only be shared with an RSA or ECC decryption key');
	}
	return area.type === TPM_ALG.RSA ? shareByOaep(area, label, entropy) : shareByEcdh(area, label, entropy);
};

const shareByOaep = (area: RsaPublic, label: string, entropy: Uint8Array): SharedSecret => {
	const { size } = hashOf(area.nameAlg);
	const seed = entropy.slice(0, size);
	const key = createPublicKey({ key: Buffer.from(toSubjectPublicKeyInfo(area)), format: 'der', type: 'spki' });
	const encoded = encodeOaep(area.nameAlg, seed, `${label}\0`, area.unique.length, entropy.slice(size, 2 * size));
	// Without padding the operation is deterministic; OpenSSL's own OAEP would draw the seed itself.
	const encrypted = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded);
	return { seed, encryptedSecret: new Uint8Array(encrypted) };
};

/** EME-OAEP with MGF1 of the same hash (RFC 8017 §7.1.1), its random seed given. */
const encodeOaep = (
	hashAlg: TPM_ALG_ID,
	message: Uint8Array,
	label: string,
	size: number,
	oaepSeed: Uint8Array,
): Uint8Array => {
	const { name, size: digestSize } = hashOf(hashAlg);
	const digest = (bytes: Uint8Array | string): Uint8Array => new Uint8Array(hash(name, bytes, 'buffer'));
	const mask = (bytes: Uint8Array, seed: Uint8Array): Uint8Array => {
		const blocks = Math.ceil(bytes.length / digestSize);
		const stream = concat(...Array.from({ length: blocks }, (_, counter) => digest(concat(seed, u32(counter)))));
		return bytes.map((octet, index) => octet ^ (stream[index] ?? 0));
	};
	const zeros = size - message.length - 2 * digestSize - 2;
	if (zeros < 0) return malformed('The RSA key is too short for OAEP with its name algorithm');
	const block = mask(concat(digest(label), new Uint8Array(zeros), Uint8Array.of(1), message), oaepSeed);
	return concat(Uint8Array.of(0), mask(oaepSeed, block), block);
};

const shareByEcdh = (area: EccPublic, label: string, entropy: Uint8Array): SharedSecret => {
	const { name, size } = curveOf(area);
	toSubjectPublicKeyInfo(area);
	const ephemeral = createECDH(name);
	ephemeral.setPrivateKey(scalar(name, size, entropy));
	const point = ephemeral.getPublicKey();
	const own = { x: new Uint8Array(point.subarray(1, 1 + size)), y: new Uint8Array(point.subarray(1 + size)) };
	const z = padded(new Uint8Array(ephemeral.computeSecret(uncompressedPoint(area))), size);
	const seed = KDFe(area.nameAlg, z, label, own.x, padded(area.unique.x, size), hashOf(area.nameAlg).size * 8);
	return { seed, encryptedSecret: TPMS_ECC_POINT.marshal(own) };
};

const orders: Readonly<Record<string, bigint>> = {
	prime256v1: 0xffffffff_00000000_ffffffff_ffffffff_bce6faad_a7179e84_f3b9cac2_fc632551n,
	secp384r1:
		0xffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_c7634d81_f4372ddf_581a0db2_48b0a77a_ecec196a_ccc52973n,
};

/** A private key from 64 bits more than its size (FIPS 186-5 A.2.1), so that no value is likelier than another. */
const scalar = (curve: string, size: number, entropy: Uint8Array): Uint8Array => {
	const order = orders[curve];
	assert.ok(order !== undefined);
	const wide = BigInt(`0x${Buffer.from(entropy.subarray(0, size + 8)).toString('hex')}`);
	return new Uint8Array(Buffer.from(((wide % (order - 1n)) + 1n).toString(16).padStart(size * 2, '0'), 'hex'));
};
