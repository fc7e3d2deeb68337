import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../problem/problem.ts';
import {
	type Attested,
	objectAttributes,
	type ObjectAttribute,
	selectedPcrs,
	selectPcrs,
	type Structure,
	TPM2B_PUBLIC,
	TPM_ALG,
	TPM_ECC,
	TPM_ST,
	TPMA_OBJECT,
	TPML_PCR_SELECTION,
	TPMS_ATTEST,
	TPMS_ID_OBJECT,
	TPMT_HA,
	TPMT_PUBLIC,
	type TPMT_SCHEME,
	TPMT_SIGNATURE,
	type TPMT_SYM_DEF,
} from './index.ts';

const record = <T>(fields: { [Field in keyof T]: fc.Arbitrary<T[Field]> }): fc.Arbitrary<T> =>
	fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const hashes = [TPM_ALG.SHA1, TPM_ALG.SHA256, TPM_ALG.SHA384, TPM_ALG.SHA512] as const;
const hashAlg = fc.constantFrom(...hashes);
const name = bytes(66);

const names = Object.keys(objectAttributes()) as ObjectAttribute[];
const attributes = fc.subarray(names).map((set) => objectAttributes(...set));
const scheme: fc.Arbitrary<TPMT_SCHEME> = fc.oneof(
	fc.constantFrom(TPM_ALG.NULL, TPM_ALG.RSAES).map((scheme) => ({ scheme, hashAlg: null })),
	record({ scheme: fc.constantFrom(TPM_ALG.ECDSA, TPM_ALG.RSAPSS, TPM_ALG.OAEP, TPM_ALG.HMAC), hashAlg }),
);
const symmetric: fc.Arbitrary<TPMT_SYM_DEF> = fc.oneof(
	fc.constant({ algorithm: TPM_ALG.NULL }),
	record({
		algorithm: fc.constant(TPM_ALG.AES),
		keyBits: fc.constantFrom(128, 192, 256),
		mode: fc.constantFrom(TPM_ALG.CFB, TPM_ALG.NULL),
	}),
);
const common = { nameAlg: hashAlg, objectAttributes: attributes, authPolicy: bytes(64) };
const publicArea: fc.Arbitrary<TPMT_PUBLIC> = fc.oneof(
	record({
		type: fc.constant(TPM_ALG.RSA),
		...common,
		parameters: record({ symmetric, scheme, keyBits: u16, exponent: u32 }),
		unique: bytes(512),
	}),
	record({
		type: fc.constant(TPM_ALG.ECC),
		...common,
		parameters: record({ symmetric, scheme, curveID: fc.constantFrom(TPM_ECC.NIST_P256, 0x10), kdf: scheme }),
		unique: record({ x: bytes(128), y: bytes(128) }),
	}),
	record({
		type: fc.constant(TPM_ALG.KEYEDHASH),
		...common,
		parameters: record({ scheme }),
		unique: bytes(64),
	}),
);
const signature: fc.Arbitrary<TPMT_SIGNATURE> = fc.oneof(
	record({
		sigAlg: fc.constant(TPM_ALG.ECDSA),
		hash: hashAlg,
		signatureR: bytes(128),
		signatureS: bytes(128),
	}),
	record({ sigAlg: fc.constantFrom(TPM_ALG.RSASSA, TPM_ALG.RSAPSS), hash: hashAlg, sig: bytes(512) }),
);
const selection = fc.array(record({ hash: hashAlg, pcrSelect: bytes(4) }), { maxLength: 16 });
const attested: fc.Arbitrary<Attested> = fc.oneof(
	record({ type: fc.constant(TPM_ST.ATTEST_CERTIFY), name, qualifiedName: name }),
	record({ type: fc.constant(TPM_ST.ATTEST_QUOTE), pcrSelect: selection, pcrDigest: bytes(64) }),
	record({ type: fc.constant(TPM_ST.ATTEST_CREATION), objectName: name, creationHash: bytes(64) }),
	record({ type: fc.constant(TPM_ST.ATTEST_NV), indexName: name, offset: u16, nvContents: bytes(2048) }),
);
const attest: fc.Arbitrary<TPMS_ATTEST> = record({
	qualifiedSigner: name,
	extraData: name,
	clockInfo: record({ clock: u64, resetCount: u32, restartCount: u32, safe: fc.nat(255) }),
	firmwareVersion: u64,
	attested,
});
const digest: fc.Arbitrary<TPMT_HA> = fc
	.constantFrom([TPM_ALG.SHA1, 20] as const, [TPM_ALG.SHA256, 32] as const, [TPM_ALG.SHA512, 64] as const)
	.chain(([hashAlg, size]) =>
		record({ hashAlg: fc.constant(hashAlg), digest: fc.uint8Array({ minLength: size, maxLength: size }) }),
	);

interface Case {
	readonly name: string;
	/** Checks one value, and bytes that may be none. */
	roundTrip(): void;
	everyCut(): void;
	foreign(input: Uint8Array): void;
}

const malformed = (error: unknown): boolean => error instanceof Problem && error.code === 'tpm-malformed';

/** `open` marks a structure whose last field takes whatever is there, so that a cut need not show. */
const caseOf = <T>(name: string, structure: Structure<T>, any: fc.Arbitrary<T>, open = false): Case => ({
	name,
	roundTrip: () =>
		fc.assert(
			fc.property(any, (value) => {
				assert.deepEqual(structure.unmarshal(structure.marshal(value)), value);
				// Fields are copies: a Buffer that is used again must not change them.
				const input = Buffer.from(structure.marshal(value));
				const read = structure.unmarshal(input);
				input.fill(0xa5);
				assert.deepEqual(read, value);
			}),
			{ numRuns: 50 },
		),
	everyCut: () => {
		for (const value of fc.sample(any, 8)) {
			const whole = structure.marshal(value);
			if (open) continue;
			for (let length = 0; length < whole.length; length++) {
				assert.throws(() => structure.unmarshal(whole.subarray(0, length)), malformed, `cut at ${length}`);
			}
			assert.throws(() => structure.unmarshal(Uint8Array.of(...whole, 0)), malformed, 'one byte more');
		}
	},
	foreign: (input) => {
		try {
			// One value has one encoding: what is taken is given back to the byte.
			assert.deepEqual(structure.marshal(structure.unmarshal(input)), input);
		} catch (error) {
			if (!malformed(error)) throw error;
		}
	},
});

const cases: readonly Case[] = [
	caseOf('TPMA_OBJECT', TPMA_OBJECT, attributes),
	caseOf('TPMT_PUBLIC', TPMT_PUBLIC, publicArea),
	caseOf('TPM2B_PUBLIC', TPM2B_PUBLIC, publicArea),
	caseOf('TPMT_SIGNATURE', TPMT_SIGNATURE, signature),
	caseOf('TPML_PCR_SELECTION', TPML_PCR_SELECTION, selection),
	caseOf('TPMS_ATTEST', TPMS_ATTEST, attest),
	caseOf('TPMT_HA', TPMT_HA, digest),
	caseOf('TPMS_ID_OBJECT', TPMS_ID_OBJECT, record({ integrityHMAC: bytes(64), encIdentity: bytes(66) }), true),
];

for (const one of cases) {
	test(`${one.name}: what is written is read again`, () => one.roundTrip());
	test(`${one.name}: cut at any byte, or longer, it is refused`, () => one.everyCut());
	test(`${one.name}: any bytes are refused, or given back to the byte`, () =>
		fc.assert(
			fc.property(bytes(200), (input) => one.foreign(input)),
			{ numRuns: 200 },
		));
}

test('flipping any bit of a public area is refused or changes the value', () => {
	for (const area of fc.sample(publicArea, 5)) {
		const whole = TPMT_PUBLIC.marshal(area);
		for (let bit = 0; bit < whole.length * 8; bit += 3) {
			const changed = whole.slice();
			changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			try {
				assert.notDeepEqual(TPMT_PUBLIC.unmarshal(changed), area);
			} catch (error) {
				if (!malformed(error)) throw error;
			}
		}
	}
});

test('an attestation without TPM_GENERATED_VALUE is refused', () => {
	for (const value of fc.sample(attest, 3)) {
		const whole = TPMS_ATTEST.marshal(value);
		whole[3] = 0x48;
		assert.throws(() => TPMS_ATTEST.unmarshal(whole), malformed);
	}
});

test('a PCR selection names its PCRs', () => {
	const selected = selectPcrs(TPM_ALG.SHA256, 0, 7, 8, 23);
	assert.deepEqual(Array.from(selected.pcrSelect), [0x81, 0x01, 0x80]);
	assert.deepEqual(selectedPcrs(selected), [0, 7, 8, 23]);
});
