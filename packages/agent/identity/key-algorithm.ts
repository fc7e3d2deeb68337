import { profilePublicKey } from '@keyward/core/format/public-key';
import { type SigningAlgorithm, signingAlgorithms } from '@keyward/core/port/key-store';

/** The kind of a key by its SubjectPublicKeyInfo; P-256 for one that we do not make. */
export const algorithmOf = (publicKey: Uint8Array): SigningAlgorithm => {
	const found = profilePublicKey(publicKey)?.algorithm;
	return signingAlgorithms.find((one) => one === found) ?? 'P-256';
};
