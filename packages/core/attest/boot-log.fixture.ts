import { TPM_ALG } from '../format/tpm2/index.ts';
import { sha256 } from './pcr.ts';

const le16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);
const le32 = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
};
const sized = (bytes: Uint8Array): Buffer => Buffer.concat([le32(bytes.length), bytes]);

const SHA1_BYTES = 20;

/** What firmware would log of these measurements (TCG PC Client PFP §10.2), with a SHA-1 and a SHA-256 bank. */
export const makeEventLog = (
	measured: readonly { readonly pcr: number; readonly what: string }[],
	locality?: number,
): Uint8Array => {
	const specId = Buffer.concat([
		Buffer.from('Spec ID Event03\0'),
		Buffer.from([0, 0, 0, 0, 0, 2, 0, 2]),
		...[le32(2), le16(TPM_ALG.SHA1), le16(SHA1_BYTES), le16(TPM_ALG.SHA256), le16(32), Buffer.from([0])],
	]);
	const event = (pcr: number, type: number, digest: Uint8Array, data: Uint8Array): Buffer =>
		Buffer.concat([
			...[le32(pcr), le32(type), le32(2), le16(TPM_ALG.SHA1), Buffer.alloc(SHA1_BYTES)],
			...[le16(TPM_ALG.SHA256), digest, sized(data)],
		]);
	const none = new Uint8Array(32);
	return Buffer.concat([
		...[le32(0), le32(3), Buffer.alloc(SHA1_BYTES), sized(specId)],
		...(locality === undefined
			? []
			: [event(0, 3, none, Buffer.concat([Buffer.from('StartupLocality\0'), Buffer.from([locality])]))]),
		...measured.map(({ pcr, what }) => event(pcr, 0x8000_0003, sha256(Buffer.from(what)), Buffer.from(what))),
	]);
};

/** What Linux would list of these files (template ima-ng); a null is a violation. */
export const makeImaList = (files: readonly (readonly [path: string, contents: string | null])[]): Uint8Array =>
	Buffer.concat(
		files.map(([path, contents]) => {
			const digest = contents === null ? new Uint8Array(32) : sha256(Buffer.from(contents));
			const data = Buffer.concat([
				sized(Buffer.concat([Buffer.from('sha256:\0'), digest])),
				sized(Buffer.from(`${path}\0`)),
			]);
			const templateHash = Buffer.alloc(SHA1_BYTES, contents === null ? 0 : 1);
			return Buffer.concat([le32(10), templateHash, sized(Buffer.from('ima-ng')), sized(data)]);
		}),
	);
