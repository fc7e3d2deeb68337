import { hash } from 'node:crypto';
import { concat, u16, u32 } from './structure.ts';
import { hashOf, type TPM_ALG_ID } from './tpm-alg-id.ts';
import { TPMT_PUBLIC } from './tpmt-public.ts';

const named = (nameAlg: TPM_ALG_ID, ...parts: readonly Uint8Array[]): Uint8Array =>
	concat(u16(nameAlg), new Uint8Array(hash(hashOf(nameAlg).name, concat(...parts), 'buffer')));

/** Name of an object (Part 1 §16): nameAlg ‖ H(TPMT_PUBLIC). Throws `Problem('tpm-malformed')` for an area without nameAlg. */
export const objectName = (area: TPMT_PUBLIC): Uint8Array => named(area.nameAlg, TPMT_PUBLIC.marshal(area));

/** Name of a hierarchy, PCR or session: its handle. */
export const handleName = (handle: number): Uint8Array => u32(handle);

/**
 * Qualified name (Part 1 §26.5): nameAlg ‖ H(parent's qualified name ‖ name). A hierarchy's own is its handle's name, so
 * that of a key under a primary key is `qualifiedName(key, qualifiedName(primary, handleName(TPM_RH.ENDORSEMENT)))`.
 */
export const qualifiedName = (area: TPMT_PUBLIC, parent: Uint8Array): Uint8Array =>
	named(area.nameAlg, parent, objectName(area));
