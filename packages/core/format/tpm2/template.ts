import { TPM_ALG } from './tpm-alg-id.ts';
import { TPM_ECC } from './tpm-constants.ts';
import { objectAttributes } from './tpma-object.ts';
import { ECDSA_SHA256, NULL_SCHEME } from './tpmt-scheme.ts';
import type { EccPublic, RsaPublic } from './tpmt-public.ts';
import { AES_128_CFB, NO_SYMMETRIC } from './tpmt-sym-def.ts';

const none = new Uint8Array();

/** PolicySecret of the endorsement hierarchy: PolicyA of the TCG EK Credential Profile, B.6.2. */
const endorsementPolicy = new Uint8Array(
	Buffer.from('837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa', 'hex'),
);

const storageAttributes = ['fixedTPM', 'fixedParent', 'sensitiveDataOrigin', 'restricted', 'decrypt'] as const;

/** Default EK template L-1 of the TCG EK Credential Profile, B.3.3. `unique` is the 256 zeros that a template has there. */
export const EK_RSA_2048: RsaPublic = Object.freeze({
	type: TPM_ALG.RSA,
	nameAlg: TPM_ALG.SHA256,
	objectAttributes: objectAttributes(...storageAttributes, 'adminWithPolicy'),
	authPolicy: endorsementPolicy,
	parameters: { symmetric: AES_128_CFB, scheme: NULL_SCHEME, keyBits: 2048, exponent: 0 },
	unique: new Uint8Array(256),
});

/** Default EK template L-2 of the TCG EK Credential Profile, B.3.4. */
export const EK_ECC_P256: EccPublic = Object.freeze({
	type: TPM_ALG.ECC,
	nameAlg: TPM_ALG.SHA256,
	objectAttributes: objectAttributes(...storageAttributes, 'adminWithPolicy'),
	authPolicy: endorsementPolicy,
	parameters: { symmetric: AES_128_CFB, scheme: NULL_SCHEME, curveID: TPM_ECC.NIST_P256, kdf: NULL_SCHEME },
	unique: { x: new Uint8Array(32), y: new Uint8Array(32) },
});

/**
 * Storage primary key on P-256 (TCG TPM v2.0 Provisioning Guidance §7.5.1), with the empty `unique` that key files with a
 * hierarchy for parent mean.
 */
export const SRK_ECC_P256: EccPublic = Object.freeze({
	type: TPM_ALG.ECC,
	nameAlg: TPM_ALG.SHA256,
	objectAttributes: objectAttributes(...storageAttributes, 'userWithAuth', 'noDA'),
	authPolicy: none,
	parameters: { symmetric: AES_128_CFB, scheme: NULL_SCHEME, curveID: TPM_ECC.NIST_P256, kdf: NULL_SCHEME },
	unique: { x: none, y: none },
});

/** Storage primary key in RSA, as {@link SRK_ECC_P256}. */
export const SRK_RSA_2048: RsaPublic = Object.freeze({
	type: TPM_ALG.RSA,
	nameAlg: TPM_ALG.SHA256,
	objectAttributes: objectAttributes(...storageAttributes, 'userWithAuth', 'noDA'),
	authPolicy: none,
	parameters: { symmetric: AES_128_CFB, scheme: NULL_SCHEME, keyBits: 2048, exponent: 0 },
	unique: none,
});

/**
 * Part 1 §19.8.6: a TPM takes each start without TPM2_Shutdown, after a key with dictionary attack protection was used, for a
 * wrong PIN. Without a PIN there is nothing to guess, and anyone who cuts the power a few times would lock the device out.
 */
const withoutPin = ['noDA'] as const;

const signingAttributes = ['fixedTPM', 'fixedParent', 'sensitiveDataOrigin', 'userWithAuth', 'sign'] as const;

/** A device key on P-256 without a PIN: it signs what it is given, and was made in, and never leaves, its TPM and parent. */
export const SIGNING_KEY_P256: EccPublic = Object.freeze({
	type: TPM_ALG.ECC,
	nameAlg: TPM_ALG.SHA256,
	objectAttributes: objectAttributes(...signingAttributes, ...withoutPin),
	authPolicy: none,
	// No scheme: OpenSSL's engines choose it for each signature, and tpm2-pkcs11 refuses a key that has one.
	parameters: { symmetric: NO_SYMMETRIC, scheme: NULL_SCHEME, curveID: TPM_ECC.NIST_P256, kdf: NULL_SCHEME },
	unique: { x: none, y: none },
});

/** The same with a PIN, which the TPM's dictionary attack protection guards against guessing. */
export const SIGNING_KEY_P256_WITH_PIN: EccPublic = Object.freeze({
	...SIGNING_KEY_P256,
	objectAttributes: objectAttributes(...signingAttributes),
});

/** A signing key of the same attributes on P-384. */
export const onP384 = (template: EccPublic): EccPublic => ({
	...template,
	parameters: { ...template.parameters, curveID: TPM_ECC.NIST_P384 },
});

const agreementAttributes = ['fixedTPM', 'fixedParent', 'sensitiveDataOrigin', 'userWithAuth', 'decrypt'] as const;

/** A key on P-256 without a PIN that agrees (TPM2_ECDH_ZGen) and cannot sign: not restricted, so that it does so for anybody's key. */
export const AGREEMENT_KEY_P256: EccPublic = Object.freeze({
	...SIGNING_KEY_P256,
	objectAttributes: objectAttributes(...agreementAttributes, ...withoutPin),
});

/** The same with a PIN. */
export const AGREEMENT_KEY_P256_WITH_PIN: EccPublic = Object.freeze({
	...SIGNING_KEY_P256,
	objectAttributes: objectAttributes(...agreementAttributes),
});

/** An attestation key on P-256: it signs only what the TPM itself says. */
export const ATTESTATION_KEY_P256: EccPublic = Object.freeze({
	...SIGNING_KEY_P256,
	objectAttributes: objectAttributes(...signingAttributes, 'restricted', ...withoutPin),
	parameters: { symmetric: NO_SYMMETRIC, scheme: ECDSA_SHA256, curveID: TPM_ECC.NIST_P256, kdf: NULL_SCHEME },
});
