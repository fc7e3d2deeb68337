import { hash, X509Certificate } from 'node:crypto';
import { Problem } from '../problem/problem.ts';
import { type Bytes, bytes } from '../units/bytes.ts';
import type { CertificateView } from './certificate.ts';
import { derChildren, requireDer } from './der.ts';
import { derContents } from './der-types.ts';

const CERTIFICATE_LIMIT: Bytes = bytes(65_536);

/** What stands in every certificate at its place (RFC 5280 §4.1): all but what must be searched for. */
export type CertificateParts = Pick<
	CertificateView,
	'der' | 'fingerprint' | 'serial' | 'subjectName' | 'issuerName' | 'publicKey' | 'notBefore' | 'notAfter'
>;

/** Throws `Problem('certificate-malformed')`. Trusts nothing. Without the structures of X.509, which are ninety modules. */
export const readCertificateParts = (der: Uint8Array): CertificateParts => {
	requireDer(der, CERTIFICATE_LIMIT, 'certificate-malformed');
	try {
		const { validFromDate, validToDate } = new X509Certificate(der);
		const [notBefore, notAfter] = [validFromDate.getTime(), validToDate.getTime()];
		const [toBeSigned = new Uint8Array()] = derChildren(der);
		const parts = derChildren(toBeSigned);
		// The version is left out of one of version 1.
		const [serial, , issuerName, , subjectName, publicKey] = parts[0]?.[0] === 0xa0 ? parts.slice(1) : parts;
		if (serial === undefined || issuerName === undefined || subjectName === undefined || publicKey === undefined)
			throw new Error('a part is missing');
		if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) throw new Error('a time is malformed');
		return {
			der,
			fingerprint: new Uint8Array(hash('sha256', der, 'buffer')),
			serial: Buffer.from(derContents(serial)).toString('hex'),
			...{ subjectName, issuerName, publicKey, notBefore, notAfter },
		};
	} catch (cause) {
		throw new Problem('certificate-malformed', 'This is not an X.509 certificate in DER (RFC 5280).', { cause });
	}
};
