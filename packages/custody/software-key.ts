import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { agreementPoint, p256PublicKey, sharedSecret } from '@keyward/core/format/key-agreement';
import type { AgreementKey, Signer, SigningAlgorithm } from '@keyward/core/port';

const publicKeyOf = (privateKey: KeyObject): Uint8Array =>
	new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));

/** A private key of this kind, made here. */
export const makeSoftwareKey = (algorithm: SigningAlgorithm): KeyObject =>
	algorithm === 'Ed25519'
		? generateKeyPairSync('ed25519').privateKey
		: generateKeyPairSync('ec', { namedCurve: algorithm }).privateKey;

/** The handle of a key in this process's memory that signs. */
export const softwareSigner = (privateKey: KeyObject): Signer => {
	const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
	return {
		publicKey: publicKeyOf(privateKey),
		custody: 'software',
		sign: async (bytes) => new Uint8Array(sign(digest, bytes, privateKey)),
	};
};

/** The handle of a P-256 key in this process's memory that agrees. */
export const softwareAgreementKey = (privateKey: KeyObject): AgreementKey => ({
	publicKey: publicKeyOf(privateKey),
	custody: 'software',
	agree: async (publicKey) => {
		const der = Buffer.from(p256PublicKey(agreementPoint(publicKey)));
		const other = createPublicKey({ key: der, format: 'der', type: 'spki' });
		return sharedSecret(diffieHellman({ privateKey, publicKey: other }));
	},
});
