import { concat, malformed, type Reader, sized, structure, type Structure, u16, u32, u64, u8 } from './structure.ts';
import { MAX_DIGEST } from './tpm-alg-id.ts';
import { TPM_GENERATED, TPM_ST } from './tpm-constants.ts';
import { TPML_PCR_SELECTION } from './tpml-pcr-selection.ts';

/** TPMS_CLOCK_INFO (Part 2 §10.11.1). */
export interface TPMS_CLOCK_INFO {
	/** Milliseconds that the TPM was powered. */
	readonly clock: bigint;
	readonly resetCount: number;
	readonly restartCount: number;
	/** 1 when no greater clock value was ever given; kept as it came, for published vectors hold other values. */
	readonly safe: number;
}

/** TPMU_ATTEST (Part 2 §10.12.7): what is attested, with its TPM_ST tag. */
export type Attested =
	| { readonly type: typeof TPM_ST.ATTEST_CERTIFY; readonly name: Uint8Array; readonly qualifiedName: Uint8Array }
	| {
			readonly type: typeof TPM_ST.ATTEST_QUOTE;
			readonly pcrSelect: TPML_PCR_SELECTION;
			readonly pcrDigest: Uint8Array;
	  }
	| { readonly type: typeof TPM_ST.ATTEST_CREATION; readonly objectName: Uint8Array; readonly creationHash: Uint8Array }
	| {
			readonly type: typeof TPM_ST.ATTEST_NV;
			readonly indexName: Uint8Array;
			readonly offset: number;
			readonly nvContents: Uint8Array;
	  };

/** TPMS_ATTEST (Part 2 §10.12.8): what an attestation key signs. Its magic is checked when it is read, and not kept. */
export interface TPMS_ATTEST {
	/** Qualified name of the attestation key; empty where no hierarchy vouches. */
	readonly qualifiedSigner: Uint8Array;
	/** The challenger's qualifying data. */
	readonly extraData: Uint8Array;
	readonly clockInfo: TPMS_CLOCK_INFO;
	readonly firmwareVersion: bigint;
	readonly attested: Attested;
}

/** TPM2B_NAME holds a handle or a TPMT_HA. */
const MAX_NAME = 2 + MAX_DIGEST;

const readAttested = (type: number, reader: Reader): Attested => {
	switch (type) {
		case TPM_ST.ATTEST_CERTIFY:
			return { type, name: reader.sized(MAX_NAME), qualifiedName: reader.sized(MAX_NAME) };
		case TPM_ST.ATTEST_QUOTE:
			return { type, pcrSelect: TPML_PCR_SELECTION.read(reader), pcrDigest: reader.sized(MAX_DIGEST) };
		case TPM_ST.ATTEST_CREATION:
			return { type, objectName: reader.sized(MAX_NAME), creationHash: reader.sized(MAX_DIGEST) };
		case TPM_ST.ATTEST_NV:
			return { type, indexName: reader.sized(MAX_NAME), offset: reader.u16(), nvContents: reader.sized(2048) };
		default:
			return malformed(`0x${type.toString(16).padStart(4, '0')} is no known type of attestation`);
	}
};

const marshalAttested = (attested: Attested): Uint8Array => {
	switch (attested.type) {
		case TPM_ST.ATTEST_CERTIFY:
			return concat(sized(attested.name), sized(attested.qualifiedName));
		case TPM_ST.ATTEST_QUOTE:
			return concat(TPML_PCR_SELECTION.marshal(attested.pcrSelect), sized(attested.pcrDigest));
		case TPM_ST.ATTEST_CREATION:
			return concat(sized(attested.objectName), sized(attested.creationHash));
		case TPM_ST.ATTEST_NV:
			return concat(sized(attested.indexName), u16(attested.offset), sized(attested.nvContents));
	}
};

export const TPMS_ATTEST: Structure<TPMS_ATTEST> = structure(
	(reader) => {
		// Part 2 §6.2: a restricted key never signs foreign data that begins so. Without this check, a digest that the
		// attacker had the key sign as data would pass for an attestation.
		if (reader.u32() !== TPM_GENERATED) malformed('The attestation does not begin with TPM_GENERATED_VALUE');
		const type = reader.u16();
		return {
			qualifiedSigner: reader.sized(MAX_NAME),
			extraData: reader.sized(MAX_NAME),
			clockInfo: {
				clock: reader.u64(),
				resetCount: reader.u32(),
				restartCount: reader.u32(),
				safe: reader.u8(),
			},
			firmwareVersion: reader.u64(),
			attested: readAttested(type, reader),
		};
	},
	({ qualifiedSigner, extraData, clockInfo, firmwareVersion, attested }) =>
		concat(
			u32(TPM_GENERATED),
			u16(attested.type),
			sized(qualifiedSigner),
			sized(extraData),
			u64(clockInfo.clock),
			u32(clockInfo.resetCount),
			u32(clockInfo.restartCount),
			u8(clockInfo.safe),
			u64(firmwareVersion),
			marshalAttested(attested),
		),
);
