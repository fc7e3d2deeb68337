import { concat, malformed, structure, type Structure, u16, u32, u8 } from './structure.ts';
import { hashOf, type TPM_ALG_ID } from './tpm-alg-id.ts';

/** TPMS_PCR_SELECTION (Part 2 §10.6.2): a bank, and bit n of the bitmap for PCR n. */
export interface TPMS_PCR_SELECTION {
	readonly hash: TPM_ALG_ID;
	readonly pcrSelect: Uint8Array;
}

export type TPML_PCR_SELECTION = readonly TPMS_PCR_SELECTION[];

/** These PCRs (0 to 23) of one bank. */
export const selectPcrs = (hash: TPM_ALG_ID, ...pcrs: readonly number[]): TPMS_PCR_SELECTION => {
	const pcrSelect = new Uint8Array(3);
	for (const pcr of pcrs) pcrSelect[pcr >> 3] = (pcrSelect[pcr >> 3] ?? 0) | (1 << (pcr & 7));
	return { hash, pcrSelect };
};

/** The PCRs of a selection, in order. */
export const selectedPcrs = ({ pcrSelect }: TPMS_PCR_SELECTION): number[] =>
	Array.from(pcrSelect).flatMap((octet, index) =>
		[0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (octet & (1 << bit)) !== 0).map((bit) => index * 8 + bit),
	);

const TPMS_PCR_SELECTION: Structure<TPMS_PCR_SELECTION> = structure(
	(reader) => {
		const hash = reader.u16();
		hashOf(hash);
		const size = reader.u8();
		if (size > 4) malformed(`A PCR selection of ${size} bytes`);
		return { hash, pcrSelect: reader.take(size) };
	},
	({ hash, pcrSelect }) => concat(u16(hash), u8(pcrSelect.length), pcrSelect),
);

export const TPML_PCR_SELECTION: Structure<TPML_PCR_SELECTION> = structure(
	(reader) => {
		const count = reader.u32();
		if (count > 16) malformed(`A list of ${count} PCR selections`);
		return Array.from({ length: count }, () => TPMS_PCR_SELECTION.read(reader));
	},
	(list) => concat(u32(list.length), ...list.map(TPMS_PCR_SELECTION.marshal)),
);
