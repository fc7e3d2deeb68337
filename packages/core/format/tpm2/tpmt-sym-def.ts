import { concat, malformed, structure, type Structure, u16 } from './structure.ts';
import { TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';

/** TPMT_SYM_DEF and TPMT_SYM_DEF_OBJECT (Part 2 §11.1.6, §11.1.7): AES, or nothing. */
export type TPMT_SYM_DEF =
	| { readonly algorithm: typeof TPM_ALG.NULL }
	| { readonly algorithm: typeof TPM_ALG.AES; readonly keyBits: number; readonly mode: TPM_ALG_ID };

export const NO_SYMMETRIC: TPMT_SYM_DEF = Object.freeze({ algorithm: TPM_ALG.NULL });
export const AES_128_CFB: TPMT_SYM_DEF = Object.freeze({ algorithm: TPM_ALG.AES, keyBits: 128, mode: TPM_ALG.CFB });

const modes: readonly TPM_ALG_ID[] = [TPM_ALG.CTR, TPM_ALG.OFB, TPM_ALG.CBC, TPM_ALG.CFB, TPM_ALG.ECB];

export const TPMT_SYM_DEF: Structure<TPMT_SYM_DEF> = structure(
	(reader): TPMT_SYM_DEF => {
		const algorithm = reader.u16();
		if (algorithm === TPM_ALG.NULL) return { algorithm };
		if (algorithm !== TPM_ALG.AES) return malformed(`Symmetric algorithm 0x${algorithm.toString(16)} is not AES`);
		const keyBits = reader.u16();
		const mode = reader.u16();
		if (![128, 192, 256].includes(keyBits)) malformed(`AES has no keys of ${keyBits} bits`);
		// TPM_ALG_NULL: the mode is left to each use of a symmetric key object.
		if (mode !== TPM_ALG.NULL && !modes.includes(mode)) malformed(`0x${mode.toString(16)} is no mode of AES`);
		return { algorithm, keyBits, mode };
	},
	(value) =>
		value.algorithm === TPM_ALG.NULL
			? u16(value.algorithm)
			: concat(u16(value.algorithm), u16(value.keyBits), u16(value.mode)),
);
