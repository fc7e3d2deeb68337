import { hash } from 'node:crypto';
import { identitiesOf, readPathCertificate } from '../path/path-certificate.ts';

/** What a site file may write for a certificate whose file it does not have: {@link identitiesOf}. */
export const isRevocation = (text: string): boolean =>
	/^(?:tbs:[0-9a-f]{64}|issued:[0-9a-f]{64}:[0-9a-f]{2,64})$/.test(text);

/**
 * Everything by which a revoked certificate, DER, is known. A hash of the whole DER is not enough: an ECDSA signature (r, s) can be
 * rewritten by anybody to (r, n−s), and the certificate is as good with another hash (RFC 5280 §5.3 revokes by issuer and serial).
 * Throws `Problem('certificate-malformed')`.
 */
export const revocationsOf = (der: Uint8Array): string[] => [
	...identitiesOf(readPathCertificate(der)),
	// By this the manifests remember their signer.
	hash('sha256', der),
];
