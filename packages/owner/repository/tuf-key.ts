import { createPublicKey, hash } from 'node:crypto';
import { Problem } from '@keyward/core';
import { canonicalize } from '@tufjs/canonical-json';
import { Key } from '@tufjs/models';

/**
 * A public key as TUF carries it (1.0.31 §4.2), from SubjectPublicKeyInfo, DER: P-256 or Ed25519. The id is the SHA-256 of its
 * canonical form, so that one key has one id and cannot count twice towards a threshold. Throws `Problem('key-form')`.
 */
export const tufKey = (publicKey: Uint8Array): Key => {
	const described = describe(publicKey);
	const keyID = hash('sha256', canonicalize({ ...described, keyval: { public: described.keyval } }));
	return new Key({
		keyID,
		keyType: described.keytype,
		scheme: described.scheme,
		keyVal: { public: described.keyval },
	});
};

/** The id of a key in the owner's metadata, from its SubjectPublicKeyInfo. */
export const tufKeyId = (publicKey: Uint8Array): string => tufKey(publicKey).keyID;

const describe = (publicKey: Uint8Array) => {
	try {
		const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
		const keyval = key.export({ format: 'pem', type: 'spki' }).toString();
		if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1')
			return { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval };
		if (key.asymmetricKeyType === 'ed25519') return { keytype: 'ed25519', scheme: 'ed25519', keyval };
	} catch (error) {
		throw new Problem('key-form', 'This is not a public key in SubjectPublicKeyInfo form.', { cause: error });
	}
	throw new Problem('key-form', "The owner's keys are P-256 or Ed25519: make one with keyward owner key.");
};
