import { malformed, type Reader, structure, type Structure, u32 } from './structure.ts';

const bits = Object.freeze({
	fixedTPM: 1,
	stClear: 2,
	fixedParent: 4,
	sensitiveDataOrigin: 5,
	userWithAuth: 6,
	adminWithPolicy: 7,
	firmwareLimited: 8,
	svnLimited: 9,
	noDA: 10,
	encryptedDuplication: 11,
	restricted: 16,
	decrypt: 17,
	sign: 18,
	x509sign: 19,
} as const);

export type ObjectAttribute = keyof typeof bits;

/** TPMA_OBJECT (Part 2 §8.3): what may be done with an object. */
export type TPMA_OBJECT = Readonly<Record<ObjectAttribute, boolean>>;

const names = Object.keys(bits) as ObjectAttribute[];

/** Those named are set, all others clear. */
export const objectAttributes = (...set: readonly ObjectAttribute[]): TPMA_OBJECT =>
	Object.freeze(
		Object.fromEntries(names.map((name) => [name, set.includes(name)])) as Record<ObjectAttribute, boolean>,
	);

export const TPMA_OBJECT: Structure<TPMA_OBJECT> = structure(
	(reader: Reader) => {
		const word = reader.u32();
		const set = names.filter((name) => (word & (1 << bits[name])) !== 0);
		if (set.reduce((sum, name) => sum + 2 ** bits[name], 0) !== word) {
			malformed(`Object attributes 0x${word.toString(16)} set reserved bits`);
		}
		return objectAttributes(...set);
	},
	(value) => u32(names.reduce((sum, name) => sum + (value[name] ? 2 ** bits[name] : 0), 0)),
);
