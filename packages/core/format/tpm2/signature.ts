import { constants, createPublicKey, verify } from 'node:crypto';
import { derInteger, derSequence } from '../der-types.ts';
import { profilePublicKey } from '../public-key.ts';
import { hashOf, TPM_ALG, type TPM_ALG_ID } from './tpm-alg-id.ts';
import type { TPMT_SIGNATURE } from './tpmt-signature.ts';

/** ECDSA-Sig-Value (RFC 3279 §2.2.3), DER, or the bare RSA signature (RFC 8017 §8), as X.509 and node:crypto take them. */
export const signatureValue = (signature: TPMT_SIGNATURE): Uint8Array =>
	signature.sigAlg === TPM_ALG.ECDSA
		? derSequence(derInteger(signature.signatureR), derInteger(signature.signatureS))
		: signature.sig;

/** SHA-1 collisions can be computed: a signature over one attestation would hold for another. */
const strongHashes: readonly TPM_ALG_ID[] = [TPM_ALG.SHA256, TPM_ALG.SHA384, TPM_ALG.SHA512];

/**
 * True when the signature over `bytes` is by the key of this SubjectPublicKeyInfo. False for SHA-1, for a scheme that does not
 * go with the key, and for keys that Keyward never certifies (RSA below 2048 bits, other curves).
 */
export const verifyTpmSignature = (spki: Uint8Array, bytes: Uint8Array, signature: TPMT_SIGNATURE): boolean => {
	const algorithm = profilePublicKey(spki)?.algorithm;
	const fits = signature.sigAlg === TPM_ALG.ECDSA ? ['P-256', 'P-384'] : ['RSA'];
	if (algorithm === undefined || !fits.includes(algorithm) || !strongHashes.includes(signature.hash)) return false;
	const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
	const value = signatureValue(signature);
	const digest = hashOf(signature.hash).name;
	if (signature.sigAlg !== TPM_ALG.RSAPSS) return verify(digest, bytes, key, value);
	const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
	return verify(digest, bytes, { key, ...pss }, value);
};
