import {
	concat,
	malformed,
	type Reader,
	sized,
	sizedStructure,
	structure,
	type Structure,
	u16,
	u32,
} from './structure.ts';
import { hashOf, MAX_DIGEST, TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';
import { TPMA_OBJECT } from './tpma-object.ts';
import { TPMT_SCHEME } from './tpmt-scheme.ts';
import { TPMT_SYM_DEF } from './tpmt-sym-def.ts';

interface PublicArea {
	readonly nameAlg: TPM_ALG_ID;
	readonly objectAttributes: TPMA_OBJECT;
	/** Digest of the policy that may use the object; empty for none. */
	readonly authPolicy: Uint8Array;
}

export interface RsaPublic extends PublicArea {
	readonly type: typeof TPM_ALG.RSA;
	/** TPMS_RSA_PARMS; exponent 0 stands for 65537. */
	readonly parameters: {
		readonly symmetric: TPMT_SYM_DEF;
		readonly scheme: TPMT_SCHEME;
		readonly keyBits: number;
		readonly exponent: number;
	};
	/** The modulus, big-endian; in a template zeros or empty. */
	readonly unique: Uint8Array;
}

export interface EccPublic extends PublicArea {
	readonly type: typeof TPM_ALG.ECC;
	/** TPMS_ECC_PARMS. */
	readonly parameters: {
		readonly symmetric: TPMT_SYM_DEF;
		readonly scheme: TPMT_SCHEME;
		readonly curveID: number;
		readonly kdf: TPMT_SCHEME;
	};
	readonly unique: TPMS_ECC_POINT;
}

/** TPMS_ECC_POINT (Part 2 §11.2.5.2): affine coordinates, big-endian; a TPM may leave leading zeros out. */
export interface TPMS_ECC_POINT {
	readonly x: Uint8Array;
	readonly y: Uint8Array;
}

/** Sealed data or an HMAC key. */
export interface KeyedHashPublic extends PublicArea {
	readonly type: typeof TPM_ALG.KEYEDHASH;
	readonly parameters: { readonly scheme: TPMT_SCHEME };
	readonly unique: Uint8Array;
}

/** TPMT_PUBLIC (Part 2 §12.2.4): the public area of an object, or a template for one. */
export type TPMT_PUBLIC = RsaPublic | EccPublic | KeyedHashPublic;

const MAX_RSA = 512;
const MAX_ECC = 128;

export const TPMS_ECC_POINT: Structure<TPMS_ECC_POINT> = structure(
	(reader) => ({ x: reader.sized(MAX_ECC), y: reader.sized(MAX_ECC) }),
	({ x, y }) => concat(sized(x), sized(y)),
);

const readPublic = (reader: Reader): TPMT_PUBLIC => {
	const type = reader.u16();
	const nameAlg = reader.u16();
	// A template may leave the name out; an object that is loaded always has one.
	if (nameAlg !== TPM_ALG.NULL) hashOf(nameAlg);
	const common = {
		nameAlg,
		objectAttributes: TPMA_OBJECT.read(reader),
		authPolicy: reader.sized(MAX_DIGEST),
	};
	if (type === TPM_ALG.RSA) {
		const symmetric = TPMT_SYM_DEF.read(reader);
		const scheme = TPMT_SCHEME.read(reader);
		const parameters = { symmetric, scheme, keyBits: reader.u16(), exponent: reader.u32() };
		return { type, ...common, parameters, unique: reader.sized(MAX_RSA) };
	}
	if (type === TPM_ALG.ECC) {
		const symmetric = TPMT_SYM_DEF.read(reader);
		const scheme = TPMT_SCHEME.read(reader);
		const parameters = { symmetric, scheme, curveID: reader.u16(), kdf: TPMT_SCHEME.read(reader) };
		return { type, ...common, parameters, unique: TPMS_ECC_POINT.read(reader) };
	}
	if (type === TPM_ALG.KEYEDHASH) {
		const parameters = { scheme: TPMT_SCHEME.read(reader) };
		return { type, ...common, parameters, unique: reader.sized(MAX_DIGEST) };
	}
	return malformed(`0x${type.toString(16).padStart(4, '0')} is no known type of TPM object`);
};

const marshalDetail = (area: TPMT_PUBLIC): readonly Uint8Array[] => {
	if (area.type === TPM_ALG.KEYEDHASH) return [TPMT_SCHEME.marshal(area.parameters.scheme), sized(area.unique)];
	const { symmetric, scheme } = area.parameters;
	const both = [TPMT_SYM_DEF.marshal(symmetric), TPMT_SCHEME.marshal(scheme)];
	if (area.type === TPM_ALG.RSA) {
		return [...both, u16(area.parameters.keyBits), u32(area.parameters.exponent), sized(area.unique)];
	}
	const { curveID, kdf } = area.parameters;
	return [...both, u16(curveID), TPMT_SCHEME.marshal(kdf), TPMS_ECC_POINT.marshal(area.unique)];
};

export const TPMT_PUBLIC: Structure<TPMT_PUBLIC> = structure(readPublic, (area) =>
	concat(
		u16(area.type),
		u16(area.nameAlg),
		TPMA_OBJECT.marshal(area.objectAttributes),
		sized(area.authPolicy),
		...marshalDetail(area),
	),
);

export const TPM2B_PUBLIC: Structure<TPMT_PUBLIC> = sizedStructure(TPMT_PUBLIC);
