import { concat, structure, type Structure, u16 } from './structure.ts';
import { hashOf, type TPM_ALG_ID } from './tpm-alg-id.ts';

/** TPMT_HA (Part 2 §10.3.2): a digest that says by which hash. */
export interface TPMT_HA {
	readonly hashAlg: TPM_ALG_ID;
	readonly digest: Uint8Array;
}

export const TPMT_HA: Structure<TPMT_HA> = structure(
	(reader) => {
		const hashAlg = reader.u16();
		return { hashAlg, digest: reader.take(hashOf(hashAlg).size) };
	},
	({ hashAlg, digest }) => concat(u16(hashAlg), digest),
);
