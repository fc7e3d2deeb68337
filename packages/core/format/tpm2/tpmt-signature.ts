import { concat, malformed, sized, structure, type Structure, u16 } from './structure.ts';
import { hashOf, TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';

/** TPMT_SIGNATURE (Part 2 §11.3.4): ECDSA, RSASSA or RSAPSS. */
export type TPMT_SIGNATURE =
	| {
			readonly sigAlg: typeof TPM_ALG.ECDSA;
			readonly hash: TPM_ALG_ID;
			/** Big-endian; a TPM may leave leading zeros out. */
			readonly signatureR: Uint8Array;
			readonly signatureS: Uint8Array;
	  }
	| {
			readonly sigAlg: typeof TPM_ALG.RSASSA | typeof TPM_ALG.RSAPSS;
			readonly hash: TPM_ALG_ID;
			readonly sig: Uint8Array;
	  };

export const TPMT_SIGNATURE: Structure<TPMT_SIGNATURE> = structure(
	(reader): TPMT_SIGNATURE => {
		const sigAlg = reader.u16();
		if (sigAlg !== TPM_ALG.ECDSA && sigAlg !== TPM_ALG.RSASSA && sigAlg !== TPM_ALG.RSAPSS) {
			return malformed(`Signature algorithm 0x${sigAlg.toString(16).padStart(4, '0')} is not ECDSA, RSASSA or RSAPSS`);
		}
		const hash = reader.u16();
		hashOf(hash);
		if (sigAlg !== TPM_ALG.ECDSA) return { sigAlg, hash, sig: reader.sized(512) };
		return { sigAlg, hash, signatureR: reader.sized(128), signatureS: reader.sized(128) };
	},
	(value) =>
		concat(
			u16(value.sigAlg),
			u16(value.hash),
			...(value.sigAlg === TPM_ALG.ECDSA ? [sized(value.signatureR), sized(value.signatureS)] : [sized(value.sig)]),
		),
);
