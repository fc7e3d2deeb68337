import { derChildren, requireDer } from './der.ts';
import { derContents, readDerOid } from './der-types.ts';
import type { Bytes } from '../units/bytes.ts';
import { bytes } from '../units/bytes.ts';

const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const LIMIT: Bytes = bytes(65_536);

/**
 * The keyIdentifier of the certificate's authorityKeyIdentifier extension (RFC 5280 §4.2.1.1): which key of its issuer
 * signed it, also when an issuer of the same name has had several. Null when there is none. A plain walk over the DER,
 * because a CRL asks it of every revoked certificate. Throws `Problem('certificate-malformed')`.
 */
export const authorityKeyIdentifier = (certificate: Uint8Array): Uint8Array | null => {
	return keyIdentifierOf(certificateExtension(certificate, AUTHORITY_KEY_IDENTIFIER));
};

/** The DER inside the certificate's extension of this OID; null when there is none. Throws `Problem('certificate-malformed')`. */
export const certificateExtension = (certificate: Uint8Array, oid: string): Uint8Array | null => {
	requireDer(certificate, LIMIT, 'certificate-malformed');
	const [toBeSigned] = derChildren(certificate);
	const extensions = toBeSigned && derChildren(toBeSigned).find((part) => part[0] === 0xa3);
	const [list] = extensions === undefined ? [] : derChildren(extensions);
	return list === undefined ? null : extensionValue(list, oid);
};

/** The DER inside the extension of this OID in an `Extensions` (RFC 5280 §4.1); null when there is none. */
export const extensionValue = (extensions: Uint8Array, oid: string): Uint8Array | null => {
	for (const extension of derChildren(extensions)) {
		const [id, ...rest] = derChildren(extension);
		const value = rest.at(-1);
		if (id?.[0] === 0x06 && readDerOid(id) === oid && value?.[0] === 0x04) return derContents(value);
	}
	return null;
};

/** [0] keyIdentifier of an AuthorityKeyIdentifier. */
export const keyIdentifierOf = (value: Uint8Array | null): Uint8Array | null => {
	if (value === null) return null;
	const identifier = derChildren(value).find((part) => part[0] === 0x80);
	return identifier === undefined ? null : derContents(identifier);
};
