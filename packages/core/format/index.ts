export { authorityKeyIdentifier, certificateExtension } from './authority-key.ts';
export { canonicalPublicKey } from './canonical-key.ts';
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
export { assembleCrl, type CrlContent, type CrlEntry, freezeCrl } from './crl.ts';
export { type CrlView, isCrlOf, readCrl } from './crl-view.ts';
export { encodeCsrAttributes } from './csr-attributes.ts';
export { derChildren, encodeDer } from './der.ts';
export { derBits, derNull, derOid, derSequence, derTrue } from './der-types.ts';
export { derOfSignature } from './ecdsa-signature.ts';
export { CSR_LIMIT } from './csr-limit.ts';
export { buildCsr, type CertificationRequest, type CsrContent, type CsrExtension, parseCsr } from './csr.ts';
export { type DistinguishedName, encodeName, type NameAttribute } from './distinguished-name.ts';
export { type CertId, OCSP_REQUEST_LIMIT, type OcspRequest, parseOcspRequest } from './ocsp-request.ts';
export {
	assembleOcsp,
	type CertificateStatus,
	freezeOcsp,
	type OcspAnswer,
	ocspFailure,
	publicKeyHash,
} from './ocsp-response.ts';
export { agreementPoint, p256PublicKey, publicKeyOfPoint, sharedSecret } from './key-agreement.ts';
export { importMlKemKey, mlKemLength, mlKemPublicKey } from './ml-kem.ts';
export { decodeBase64, decodePem, encodePem } from './pem.ts';
export { type KeyAlgorithm, keyThumbprint, profilePublicKey, type PublicKeyProfile } from './public-key.ts';
