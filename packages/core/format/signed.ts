import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { encodeDer } from './der.ts';
import { signerAlgorithm } from './public-key.ts';

/** DER AlgorithmIdentifier of what a `Signer` with this SubjectPublicKeyInfo makes; without parameters (RFC 5758 §3.2, RFC 8410 §3). */
export const signatureAlgorithmOf = (spki: Uint8Array): AlgorithmIdentifier =>
	new AlgorithmIdentifier({ algorithm: signerAlgorithm(spki) });

/** The same, encoded. */
export const signatureAlgorithmDer = (spki: Uint8Array): Uint8Array =>
	new Uint8Array(AsnConvert.serialize(signatureAlgorithmOf(spki)));

/** SIGNED{} of X.509: the frozen bytes, the algorithm of the signer's key, the signature. */
export const assembleSigned = (toBeSigned: Uint8Array, signerKey: Uint8Array, signature: Uint8Array): Uint8Array =>
	encodeDer(0x30, toBeSigned, signatureAlgorithmDer(signerKey), encodeDer(0x03, Uint8Array.of(0), signature));
