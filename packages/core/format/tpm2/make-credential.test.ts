import assert from 'node:assert/strict';
import {
	constants,
	createDecipheriv,
	createHmac,
	createPrivateKey,
	createPublicKey,
	diffieHellman,
	generateKeyPairSync,
	privateDecrypt,
	randomBytes,
} from 'node:crypto';
import { test } from 'node:test';
import { Problem } from '../../problem/problem.ts';
import {
	ATTESTATION_KEY_P256,
	EK_ECC_P256,
	EK_RSA_2048,
	KDFa,
	KDFe,
	makeCredential,
	Reader,
	SHARED_SECRET_ENTROPY,
	TPM_ALG,
	TPMS_ECC_POINT,
	TPMS_ID_OBJECT,
	toSubjectPublicKeyInfo,
	withPublicKey,
} from './index.ts';

const malformed = (error: unknown): boolean => error instanceof Problem && error.code === 'tpm-malformed';
const spki = { type: 'spki', format: 'der' } as const;
const entropy = (): Uint8Array => new Uint8Array(randomBytes(SHARED_SECRET_ENTROPY));
const none = new Uint8Array();
const name = new Uint8Array(34).fill(7);
const secret = new Uint8Array(randomBytes(32));

/** What TPM2_ActivateCredential does with the seed (Part 1 §24). */
const open = (blob: Uint8Array, seed: Uint8Array, objectName: Uint8Array): Uint8Array | null => {
	const { integrityHMAC, encIdentity } = TPMS_ID_OBJECT.unmarshal(blob);
	const macKey = KDFa(TPM_ALG.SHA256, seed, 'INTEGRITY', none, none, 256);
	const mac = createHmac('sha256', macKey).update(encIdentity).update(objectName).digest();
	if (!mac.equals(integrityHMAC)) return null;
	const key = KDFa(TPM_ALG.SHA256, seed, 'STORAGE', objectName, none, 128);
	const decipher = createDecipheriv('aes-128-cfb', key, new Uint8Array(16));
	return new Reader(Buffer.concat([decipher.update(encIdentity), decipher.final()])).sized();
};

test('the holder of an RSA endorsement key gets the credential, for that name alone', () => {
	const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const credential = makeCredential(withPublicKey(EK_RSA_2048, publicKey.export(spki)), name, secret, entropy());
	// OpenSSL's own OAEP, with the label of Part 1 B.10.4.
	const seed = privateDecrypt(
		{
			key: privateKey,
			padding: constants.RSA_PKCS1_OAEP_PADDING,
			oaepHash: 'sha256',
			oaepLabel: Buffer.from('IDENTITY\0'),
		},
		credential.secret,
	);
	assert.equal(seed.length, 32);
	assert.deepEqual(open(credential.credentialBlob, seed, name), secret);
	assert.equal(open(credential.credentialBlob, seed, new Uint8Array(34)), null);
});

test('the holder of a P-256 endorsement key gets the credential', () => {
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const endorsement = withPublicKey(EK_ECC_P256, publicKey.export(spki));
	assert.ok(endorsement.type === TPM_ALG.ECC);
	const credential = makeCredential(endorsement, name, secret, entropy());
	const point = TPMS_ECC_POINT.unmarshal(credential.secret);
	const sender = { ...endorsement, unique: point };
	const z = diffieHellman({
		privateKey: createPrivateKey({ key: privateKey.export({ format: 'jwk' }), format: 'jwk' }),
		publicKey: createPublicKey({ key: Buffer.from(toSubjectPublicKeyInfo(sender)), ...spki }),
	});
	const seed = KDFe(TPM_ALG.SHA256, z, 'IDENTITY', point.x, endorsement.unique.x, 256);
	assert.deepEqual(open(credential.credentialBlob, seed, name), secret);
});

test('the same arguments make the same credential, other entropy another', () => {
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const endorsement = withPublicKey(EK_ECC_P256, publicKey.export(spki));
	const once = entropy();
	assert.deepEqual(makeCredential(endorsement, name, secret, once), makeCredential(endorsement, name, secret, once));
	assert.notDeepEqual(
		makeCredential(endorsement, name, secret, once).secret,
		makeCredential(endorsement, name, secret, entropy()).secret,
	);
});

test('keys that are no storage keys, templates and long credentials are refused', () => {
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const der = publicKey.export(spki);
	const endorsement = withPublicKey(EK_ECC_P256, der);
	for (const area of [withPublicKey(ATTESTATION_KEY_P256, der), EK_ECC_P256, EK_RSA_2048]) {
		assert.throws(() => makeCredential(area, name, secret, entropy()), malformed);
	}
	assert.throws(() => makeCredential(endorsement, name, new Uint8Array(33), entropy()), malformed);
});
