import { derChildren, encodeDer, requireDer } from '../der.ts';
import { derInteger, derOctets, derOid, derSequence, derTrue } from '../der-types.ts';
import { decodePem, encodePem } from '../pem.ts';
import { malformed, Reader, sized } from './structure.ts';
import { TPM2B_PUBLIC, type TPMT_PUBLIC } from './tpmt-public.ts';

/** A loadable key as OpenSSL's tpm2 provider and engine, and tpm2-tools, keep it: the private part is wrapped by its TPM. */
export interface TpmKeyFile {
	/** True when the key's authorization value is empty, so that nobody is asked for one. */
	readonly emptyAuth: boolean;
	readonly description: string | null;
	/** With a hierarchy for parent: that its primary key is the RSA one, not the P-256 one. */
	readonly rsaParent: boolean;
	/** A persistent handle, or a hierarchy whose default storage primary is the parent. */
	readonly parent: number;
	readonly publicArea: TPMT_PUBLIC;
	/** Contents of TPM2B_PRIVATE. */
	readonly privateArea: Uint8Array;
}

const LABEL = 'TSS2 PRIVATE KEY';
const LIMIT = 8192;
/** id-loadablekey. */
const loadableKey = derOid('2.23.133.10.1.3');

/** Context tags of TPMKey's optional fields. */
const EMPTY_AUTH = 0xa0;
const DESCRIPTION = 0xa4;
const RSA_PARENT = 0xa5;

/** PEM of `TPMKey` ("ASN.1 Specification for TPM 2.0 Key Files"). */
export const encodeTpmKeyFile = (file: TpmKeyFile): string =>
	encodePem(
		LABEL,
		derSequence(
			loadableKey,
			...(file.emptyAuth ? [encodeDer(EMPTY_AUTH, derTrue)] : []),
			...(file.description === null
				? []
				: [encodeDer(DESCRIPTION, encodeDer(0x0c, new TextEncoder().encode(file.description)))]),
			...(file.rsaParent ? [encodeDer(RSA_PARENT, derTrue)] : []),
			derInteger(file.parent),
			derOctets(TPM2B_PUBLIC.marshal(file.publicArea)),
			derOctets(sized(file.privateArea)),
		),
	);

/**
 * Reads what {@link encodeTpmKeyFile} and other programs write. Throws `Problem('tpm-malformed')`, also for key files with a
 * policy or for import, which Keyward does not make.
 */
export const decodeTpmKeyFile = (pem: string): TpmKeyFile => {
	const blocks = decodePem(LABEL, pem, 'tpm-malformed');
	const [der] = blocks;
	if (der === undefined || blocks.length > 1) return malformed(`There is more than one ${LABEL} block`);
	requireDer(der, LIMIT, 'tpm-malformed');
	if (der[0] !== 0x30) malformed('The TPM key file is no SEQUENCE');
	const [type, ...fields] = derChildren(der);
	if (type === undefined || Buffer.compare(type, loadableKey) !== 0) {
		malformed('The TPM key file is not of the type "loadable key" (2.23.133.10.1.3)');
	}
	const optional = new Map<number, Uint8Array>();
	while (((fields[0]?.[0] ?? 0) & 0xe0) === 0xa0) {
		const field = fields.shift() ?? new Uint8Array();
		const tag = field[0] ?? 0;
		const inner = derChildren(field);
		if (![EMPTY_AUTH, DESCRIPTION, RSA_PARENT].includes(tag) || optional.has(tag) || inner.length !== 1) {
			malformed(`The TPM key file has a field [${tag & 0x1f}] that Keyward does not take`);
		}
		optional.set(tag, inner[0] ?? new Uint8Array());
	}
	const [parent, publicKey, privateKey] = fields;
	if (parent === undefined || publicKey === undefined || privateKey === undefined || fields.length > 3) {
		return malformed('The TPM key file lacks its parent, public or private part, or has more than these');
	}
	const description = optional.get(DESCRIPTION);
	return {
		emptyAuth: readBoolean(optional.get(EMPTY_AUTH)),
		description: description === undefined ? null : new TextDecoder().decode(contents(description, 0x0c)),
		rsaParent: readBoolean(optional.get(RSA_PARENT)),
		parent: readHandle(contents(parent, 0x02)),
		publicArea: TPM2B_PUBLIC.unmarshal(contents(publicKey, 0x04)),
		privateArea: readWhole(contents(privateKey, 0x04)),
	};
};

/** Contents of a value that `requireDer` has passed. */
const contents = (der: Uint8Array, tag: number): Uint8Array => {
	if (der[0] !== tag)
		malformed(`The TPM key file has tag 0x${(der[0] ?? 0).toString(16)} in place of 0x${tag.toString(16)}`);
	const first = der[1] ?? 0;
	return der.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
};

const readBoolean = (der: Uint8Array | undefined): boolean => {
	if (der === undefined) return false;
	const value = contents(der, 0x01);
	// OpenSSL's provider encodes TRUE as 1, which is BER.
	if (value.length !== 1 || ![0, 1, 0xff].includes(value[0] ?? 2))
		malformed('A BOOLEAN of the TPM key file is invalid');
	return value[0] !== 0;
};

const readHandle = (integer: Uint8Array): number => {
	const octets = integer[0] === 0 ? integer.subarray(1) : integer;
	if (octets.length !== 4) return malformed('The parent of the TPM key file is no TPM handle');
	return new Reader(octets).u32();
};

const readWhole = (bytes: Uint8Array): Uint8Array => {
	const reader = new Reader(bytes);
	const value = reader.sized();
	reader.end();
	return value;
};
