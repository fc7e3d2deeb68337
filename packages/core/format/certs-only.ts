import { Problem } from '../problem/problem.ts';
import { type Bytes, bytes } from '../units/bytes.ts';
import { derChildren, encodeDer, requireDer } from './der.ts';

/** Room for some hundred certificates. */
const CERTS_ONLY_LIMIT: Bytes = bytes(262_144);

/** DER of id-signedData and id-data (RFC 5652 §4, §5.1). */
const SIGNED_DATA = Uint8Array.of(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02);
const DATA = Uint8Array.of(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01);

/** The certs-only SignedData of EST (RFC 7030 §4.1.3, RFC 5652 §5): the certificates as they are, in this order. */
export const encodeCertsOnly = (certificates: readonly Uint8Array[]): Uint8Array =>
	encodeDer(
		0x30,
		SIGNED_DATA,
		encodeDer(
			0xa0,
			encodeDer(
				0x30,
				Uint8Array.of(0x02, 0x01, 0x01),
				encodeDer(0x31),
				encodeDer(0x30, DATA),
				encodeDer(0xa0, ...certificates),
				encodeDer(0x31),
			),
		),
	);

/** The DER certificates of a certs-only SignedData, in its order. Throws `Problem('certificate-malformed')`; trusts nothing. */
export const decodeCertsOnly = (der: Uint8Array): Uint8Array[] => {
	requireDer(der, CERTS_ONLY_LIMIT, 'certificate-malformed');
	const [type, content] = derChildren(der);
	if (type === undefined || content === undefined || Buffer.compare(type, SIGNED_DATA) !== 0 || content[0] !== 0xa0) {
		throw new Problem('certificate-malformed', 'This is not a certs-only CMS message (RFC 5652 section 5).');
	}
	const [signedData] = derChildren(content);
	const certificates = derChildren(signedData ?? Uint8Array.of(0x30, 0)).find((part) => part[0] === 0xa0);
	return certificates === undefined ? [] : derChildren(certificates).filter((part) => part[0] === 0x30);
};
