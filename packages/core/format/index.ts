export {
	assembleCertificate,
	type CertificateContent,
	type CertificateExtension,
	type CertificateView,
	freezeCertificate,
	isIssuedBy,
	readCertificate,
	readToBeSigned,
} from './certificate.ts';
export { decodeCertsOnly, encodeCertsOnly } from './certs-only.ts';
export { buildCsr, type CertificationRequest, CSR_LIMIT, type CsrContent, type CsrExtension, parseCsr } from './csr.ts';
export { type DistinguishedName, encodeName, type NameAttribute } from './distinguished-name.ts';
export { decodeBase64, decodePem, encodePem } from './pem.ts';
export { type KeyAlgorithm, keyThumbprint, profilePublicKey, type PublicKeyProfile } from './public-key.ts';
