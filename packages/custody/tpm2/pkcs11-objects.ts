import { type EccPublic, sized, TPM2B_PUBLIC, TPM_ECC, type TpmKeyFile, uncompressedPoint } from '@keyward/core/tpm2';

/** A PKCS#11 attribute's value, as the store writes it. */
type Value = number | boolean | string | readonly number[];

const scalar = (value: number | boolean | string): string => {
	if (typeof value === 'number') return `!!int "${value}"`;
	return typeof value === 'boolean' ? `!!bool "${value}"` : `!!str "${value}"`;
};

/** Canonical YAML of one map, as tpm2-pkcs11 keeps settings and attributes; its texts are hexadecimal or plain words, so that nothing in them needs an escape. */
export const yaml = (entries: readonly (readonly [number | string, Value])[]): string => {
	const lines = entries.map(([name, value]) => {
		const written =
			typeof value === 'object' ? `!!seq [${value.map((one) => ` ${scalar(one)},`).join('')} ]` : scalar(value);
		return `  ? ${scalar(name)}\n  : ${written},\n`;
	});
	return `---\n!!map {\n${lines.join('')}}\n`;
};

// PKCS #11 v2.40, and tpm2-pkcs11's own attributes.
const CKA = {
	CLASS: 0x0,
	TOKEN: 0x1,
	PRIVATE: 0x2,
	LABEL: 0x3,
	KEY_TYPE: 0x100,
	ID: 0x102,
	SENSITIVE: 0x103,
	DECRYPT: 0x105,
	SIGN: 0x108,
	VERIFY: 0x10a,
	EXTRACTABLE: 0x162,
	LOCAL: 0x163,
	NEVER_EXTRACTABLE: 0x164,
	ALWAYS_SENSITIVE: 0x165,
	MODIFIABLE: 0x170,
	EC_PARAMS: 0x180,
	EC_POINT: 0x181,
	ALWAYS_AUTHENTICATE: 0x202,
	ALLOWED_MECHANISMS: 0x4000_0600,
	TPM2_OBJAUTH_ENC: 0x8f00_0001,
	TPM2_PUB_BLOB: 0x8f00_0002,
	TPM2_PRIV_BLOB: 0x8f00_0003,
} as const;
const CKO = { PUBLIC_KEY: 2, PRIVATE_KEY: 3 } as const;
const CKK_EC = 3;
/** CKM_ECDSA, and with SHA-256; the curve, and the head of an OCTET STRING around its points, DER. */
const P256 = { mechanisms: [0x1041, 0x1044], oid: '06082a8648ce3d030107', octets: '0441' };
/** CKM_ECDSA, and with SHA-384, which TLS 1.3 signs with on this curve (RFC 8446 §4.2.3). */
const P384 = { mechanisms: [0x1041, 0x1045], oid: '06052b81040022', octets: '0461' };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Private and public object of the key. `wrapped`: its PIN under the token's wrapping key; null when it has none. */
export const objectsOf = (file: TpmKeyFile, name: string, wrapped: string | null): readonly string[] => {
	const area = file.publicArea as EccPublic;
	const { mechanisms, oid, octets } = area.parameters.curveID === TPM_ECC.NIST_P384 ? P384 : P256;
	const label = hex(Buffer.from(name));
	const publicBlob = hex(TPM2B_PUBLIC.marshal(file.publicArea));
	const common: readonly (readonly [number, Value])[] = [
		[CKA.TOKEN, true],
		[CKA.LABEL, label],
		[CKA.KEY_TYPE, CKK_EC],
		[CKA.ID, label],
		[CKA.LOCAL, true],
		[CKA.MODIFIABLE, false],
		[CKA.EC_PARAMS, oid],
		[CKA.EC_POINT, `${octets}${hex(uncompressedPoint(area))}`],
		[CKA.ALLOWED_MECHANISMS, mechanisms],
		[CKA.TPM2_PUB_BLOB, publicBlob],
	];
	return [
		yaml([
			[CKA.CLASS, CKO.PRIVATE_KEY],
			[CKA.PRIVATE, true],
			[CKA.SENSITIVE, true],
			[CKA.DECRYPT, false],
			[CKA.SIGN, true],
			[CKA.EXTRACTABLE, false],
			[CKA.NEVER_EXTRACTABLE, true],
			[CKA.ALWAYS_SENSITIVE, true],
			[CKA.ALWAYS_AUTHENTICATE, false],
			...common,
			...(wrapped === null ? [] : [[CKA.TPM2_OBJAUTH_ENC, hex(Buffer.from(wrapped))] as const]),
			[CKA.TPM2_PRIV_BLOB, hex(sized(file.privateArea))],
		]),
		yaml([[CKA.CLASS, CKO.PUBLIC_KEY], [CKA.PRIVATE, false], [CKA.VERIFY, true], ...common]),
	];
};
