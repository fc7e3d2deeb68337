import { createCipheriv, createHmac } from 'node:crypto';
import { KDFa } from './kdf.ts';
import { shareSecret } from './secret-sharing.ts';
import { concat, malformed, sized, structure, type Structure } from './structure.ts';
import { hashOf, MAX_DIGEST, TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';
import type { TPMT_PUBLIC } from './tpmt-public.ts';
import type { TPMT_SYM_DEF } from './tpmt-sym-def.ts';

/** A challenge that one TPM alone can answer, and only while it holds one object: what TPM2_ActivateCredential takes. */
export interface Credential {
	/** Contents of TPM2B_ID_OBJECT: a marshalled {@link TPMS_ID_OBJECT}. */
	readonly credentialBlob: Uint8Array;
	/** Contents of TPM2B_ENCRYPTED_SECRET. */
	readonly secret: Uint8Array;
}

/** TPMS_ID_OBJECT (Part 2 §12.4.2). `encIdentity` is what follows the HMAC, without its own size. */
export interface TPMS_ID_OBJECT {
	readonly integrityHMAC: Uint8Array;
	readonly encIdentity: Uint8Array;
}

export const TPMS_ID_OBJECT: Structure<TPMS_ID_OBJECT> = structure(
	(reader) => ({ integrityHMAC: reader.sized(MAX_DIGEST), encIdentity: reader.take(reader.rest) }),
	({ integrityHMAC, encIdentity }) => concat(sized(integrityHMAC), encIdentity),
);

/**
 * Wraps `credential` so that only the TPM with this endorsement key, and an object of this name loaded, gives it back
 * (Part 1 §24, Part 3 TPM2_MakeCredential). It proves that an attestation key is in the very TPM whose EK was certified.
 *
 * `endorsement` is the EK's public area (`withPublicKey(EK_RSA_2048, certificate's key)`), `credential` at most as long as a
 * digest of its name algorithm, `entropy` SHARED_SECRET_ENTROPY fresh random bytes. Throws `Problem('tpm-malformed')` when the
 * area is no storage key, or the credential too long.
 */
export const makeCredential = (
	endorsement: TPMT_PUBLIC,
	objectName: Uint8Array,
	credential: Uint8Array,
	entropy: Uint8Array,
): Credential => {
	const { nameAlg } = endorsement;
	const digest = hashOf(nameAlg);
	const symmetric = storageCipher(endorsement);
	if (credential.length > digest.size) malformed(`The credential is longer than ${digest.size} bytes`);
	const { seed, encryptedSecret } = shareSecret(endorsement, 'IDENTITY', entropy);
	const key = KDFa(nameAlg, seed, 'STORAGE', objectName, new Uint8Array(), symmetric.keyBits);
	const encIdentity = encryptCfb(key, new Uint8Array(16), sized(credential));
	const macKey = integrityKey(nameAlg, seed);
	const integrityHMAC = createHmac(digest.name, macKey).update(encIdentity).update(objectName).digest();
	return {
		credentialBlob: TPMS_ID_OBJECT.marshal({ integrityHMAC: new Uint8Array(integrityHMAC), encIdentity }),
		secret: encryptedSecret,
	};
};

const integrityKey = (nameAlg: TPM_ALG_ID, seed: Uint8Array): Uint8Array =>
	KDFa(nameAlg, seed, 'INTEGRITY', new Uint8Array(), new Uint8Array(), hashOf(nameAlg).size * 8);

const storageCipher = (area: TPMT_PUBLIC): TPMT_SYM_DEF & { readonly keyBits: number } => {
	if (area.type !== TPM_ALG.KEYEDHASH && area.objectAttributes.restricted) {
		const { symmetric } = area.parameters;
		if (symmetric.algorithm === TPM_ALG.AES && symmetric.mode === TPM_ALG.CFB) return symmetric;
	}
	return malformed('A credential can only be made for a restricted decryption key with AES in CFB mode');
};

/** AES-CFB as the TPM uses it (Part 1 §11.4.6). */
export const encryptCfb = (key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array => {
	const cipher = createCipheriv(`aes-${key.length * 8}-cfb`, key, iv);
	return concat(cipher.update(bytes), cipher.final());
};
