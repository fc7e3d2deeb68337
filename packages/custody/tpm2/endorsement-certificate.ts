import { Problem } from '@keyward/core';
import { readCertificate } from '@keyward/core/format';
import type { TPMT_PUBLIC } from '@keyward/core/tpm2';
import { readNonVolatile } from './non-volatile.ts';
import type { Tpm } from './tpm.ts';

/** A certificate that lies in an NV index, or why what lies there is of no use. */
export type CertificateAt = { readonly certificate: Uint8Array } | { readonly unusable: string };

/** TCG_TAG_PCCLIENT_STORED_CERT and _FULL_CERT (TCG PC Client Specific Implementation Specification §7.3.2, §7.4.5). */
const STORED_CERT = [0x10, 0x01];
const FULL_CERT = [0x10, 0x02];

/** Reads the certificate of `key` at this index; null when nothing is there. It is not judged here. */
export const readCertificateAt = async (
	tpm: Tpm,
	index: number,
	key: () => Promise<TPMT_PUBLIC>,
): Promise<CertificateAt | null> => {
	const place = `At NV index 0x${index.toString(16).padStart(8, '0')}`;
	try {
		const contents = await readNonVolatile(tpm, index);
		// As an index looks that was made for a certificate and never, or no longer, has one.
		if (contents === null || contents.every((octet) => octet === 0) || contents.every((octet) => octet === 0xff)) {
			return null;
		}
		const certificate = findDer(contents);
		readCertificate(certificate);
		const { unique } = await key();
		if (!Buffer.from(certificate).includes(Buffer.from('x' in unique ? unique.x : unique))) {
			return { unusable: `${place} is a certificate for another key than the default template makes.` };
		}
		return { certificate };
	} catch (error) {
		// One index that cannot be read, or holds something else, hides no good one after it.
		if (!(error instanceof Problem) || error.code === 'tpm-unreachable') throw error;
		return { unusable: `${place}: ${error.detail}` };
	}
};

/** The certificate without the header that some manufacturers put before it and the filling that others put after it. */
const findDer = (contents: Uint8Array): Uint8Array => {
	const startsWith = (at: number, tag: readonly number[]): boolean =>
		tag.every((octet, offset) => contents[at + offset] === octet);
	// After the tag: TCG_FULL_CERT or _PARTIAL_CERT, and the size in two bytes.
	const stored = startsWith(0, STORED_CERT) ? 5 : 0;
	const begin = startsWith(stored, FULL_CERT) ? stored + 2 : stored;
	const octets = (contents[begin + 1] ?? 0) - 0x80;
	const start = begin + 2 + octets;
	const size = contents.subarray(begin + 2, start).reduce((sum, octet) => sum * 256 + octet, 0);
	if (contents[begin] !== 0x30 || octets < 1 || octets > 3 || size === 0 || start + size > contents.length) {
		throw new Problem('tpm-malformed', 'What the TPM keeps there is no certificate.');
	}
	return contents.subarray(begin, start + size);
};
