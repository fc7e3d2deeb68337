import { hash } from 'node:crypto';
import { concat, sized, structure, type Structure, u16, u32 } from './structure.ts';
import { hashOf, MAX_DIGEST, TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';

/** TPMS_NV_PUBLIC (Part 2 §13.5). */
export interface TPMS_NV_PUBLIC {
	readonly nvIndex: number;
	readonly nameAlg: number;
	/** {@link TPMA_NV} bits. */
	readonly attributes: number;
	readonly authPolicy: Uint8Array;
	/** In bytes. */
	readonly dataSize: number;
}

export const TPMS_NV_PUBLIC: Structure<TPMS_NV_PUBLIC> = structure(
	(reader) => ({
		nvIndex: reader.u32(),
		nameAlg: reader.u16(),
		attributes: reader.u32(),
		authPolicy: reader.sized(MAX_DIGEST),
		dataSize: reader.u16(),
	}),
	({ nvIndex, nameAlg, attributes, authPolicy, dataSize }) =>
		concat(u32(nvIndex), u16(nameAlg), u32(attributes), sized(authPolicy), u16(dataSize)),
);

/** Bits of TPMA_NV (Part 2 §13.4), and the type of a counter (TPM_NT_COUNTER in bits 7 to 4). */
export const TPMA_NV = Object.freeze({
	OWNERWRITE: 1 << 1,
	TYPE_COUNTER: 1 << 4,
	WRITELOCKED: 1 << 11,
	WRITEDEFINE: 1 << 13,
	OWNERREAD: 1 << 17,
	AUTHREAD: 1 << 18,
	NO_DA: 1 << 25,
	WRITTEN: 1 << 29,
});

/** Name of an NV index (Part 1 §16): nameAlg ‖ H(TPMS_NV_PUBLIC), so that another kind of index at its handle has another. */
export const nvName = (area: TPMS_NV_PUBLIC & { readonly nameAlg: TPM_ALG_ID }): Uint8Array =>
	concat(u16(area.nameAlg), new Uint8Array(hash(hashOf(area.nameAlg).name, TPMS_NV_PUBLIC.marshal(area), 'buffer')));

/** An ordinary index or a counter named by SHA-256, with an empty policy. */
export const nvPublic = (
	nvIndex: number,
	attributes: number,
	dataSize: number,
): TPMS_NV_PUBLIC & { readonly nameAlg: TPM_ALG_ID } => ({
	...{ nvIndex, nameAlg: TPM_ALG.SHA256, attributes, authPolicy: new Uint8Array(), dataSize },
});
