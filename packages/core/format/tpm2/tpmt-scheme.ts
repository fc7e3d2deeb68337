import { malformed, structure, type Structure, concat, u16 } from './structure.ts';
import { hashOf, TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';

/**
 * TPMT_SIG_SCHEME, TPMT_ASYM_SCHEME, TPMT_RSA_SCHEME, TPMT_ECC_SCHEME, TPMT_KEYEDHASH_SCHEME, TPMT_KDF_SCHEME (Part 2 §11.1.17,
 * §11.1.20, §11.2): on the wire they are one. `hashAlg` is null for TPM_ALG_NULL and RSAES, which have none.
 */
export interface TPMT_SCHEME {
	readonly scheme: TPM_ALG_ID;
	readonly hashAlg: TPM_ALG_ID | null;
}

export const NULL_SCHEME: TPMT_SCHEME = Object.freeze({ scheme: TPM_ALG.NULL, hashAlg: null });
export const ECDSA_SHA256: TPMT_SCHEME = Object.freeze({ scheme: TPM_ALG.ECDSA, hashAlg: TPM_ALG.SHA256 });

const withoutHash: readonly TPM_ALG_ID[] = [TPM_ALG.NULL, TPM_ALG.RSAES];
const withHash: readonly TPM_ALG_ID[] = [
	TPM_ALG.HMAC,
	TPM_ALG.RSASSA,
	TPM_ALG.RSAPSS,
	TPM_ALG.OAEP,
	TPM_ALG.ECDSA,
	TPM_ALG.ECDH,
	TPM_ALG.MGF1,
	TPM_ALG.KDF1_SP800_56A,
	TPM_ALG.KDF2,
	TPM_ALG.KDF1_SP800_108,
];

export const TPMT_SCHEME: Structure<TPMT_SCHEME> = structure(
	(reader) => {
		const scheme = reader.u16();
		if (withoutHash.includes(scheme)) return { scheme, hashAlg: null };
		if (!withHash.includes(scheme)) malformed(`Scheme 0x${scheme.toString(16).padStart(4, '0')} is not known`);
		const hashAlg = reader.u16();
		hashOf(hashAlg);
		return { scheme, hashAlg };
	},
	({ scheme, hashAlg }) => (hashAlg === null ? u16(scheme) : concat(u16(scheme), u16(hashAlg))),
);
