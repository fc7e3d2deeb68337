import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { Problem } from '../../problem/problem.ts';
import {
	ATTESTATION_KEY_P256,
	EK_ECC_P256,
	EK_RSA_2048,
	objectName,
	signatureValue,
	SIGNING_KEY_P256,
	TPM_ALG,
	TPM_ECC,
	type TPMT_SIGNATURE,
	toSubjectPublicKeyInfo,
	verifyTpmSignature,
	withPublicKey,
} from './index.ts';

const malformed = (error: unknown): boolean => error instanceof Problem && error.code === 'tpm-malformed';
const spki = { type: 'spki', format: 'der' } as const;
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });

test('a public key put into a template comes out as it went in', () => {
	const p384 = { ...SIGNING_KEY_P256, parameters: { ...SIGNING_KEY_P256.parameters, curveID: TPM_ECC.NIST_P384 } };
	for (const [template, { publicKey }] of [
		[SIGNING_KEY_P256, ec('P-256')],
		[p384, ec('P-384')],
		[EK_RSA_2048, rsa(2048)],
	] as const) {
		const der = new Uint8Array(publicKey.export(spki));
		assert.deepEqual(toSubjectPublicKeyInfo(withPublicKey(template, der)), der);
	}
});

test('coordinates without leading zeros give the same key', () => {
	for (let tries = 0; tries < 5000; tries++) {
		const { publicKey } = ec('P-256');
		const x = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
		if (x[0] !== 0) continue;
		const der = new Uint8Array(publicKey.export(spki));
		const area = withPublicKey(SIGNING_KEY_P256, der);
		assert.ok(area.type === TPM_ALG.ECC);
		const short = { ...area, unique: { x: area.unique.x.subarray(1), y: area.unique.y } };
		assert.deepEqual(toSubjectPublicKeyInfo(short), der);
		return;
	}
	assert.fail('no coordinate began with a zero');
});

test('keys of another kind, and points off their curve, are refused', () => {
	const p384 = ec('P-384').publicKey.export(spki);
	assert.throws(() => withPublicKey(EK_ECC_P256, p384), malformed);
	assert.throws(() => withPublicKey(EK_RSA_2048, p384), malformed);
	assert.throws(() => withPublicKey(EK_RSA_2048, rsa(1024).publicKey.export(spki)), malformed);
	assert.throws(() => withPublicKey(EK_ECC_P256, rsa(2048).publicKey.export(spki)), malformed);
	assert.throws(() => toSubjectPublicKeyInfo(EK_ECC_P256), malformed, 'a template is no key');
	const unique = { x: new Uint8Array(32).fill(1), y: new Uint8Array(32).fill(2) };
	assert.throws(() => toSubjectPublicKeyInfo({ ...EK_ECC_P256, unique }), malformed);
});

test('the name is the hash of the whole public area', () => {
	const der = ec('P-256').publicKey.export(spki);
	const [one, other] = [
		objectName(withPublicKey(SIGNING_KEY_P256, der)),
		objectName(withPublicKey(ATTESTATION_KEY_P256, der)),
	];
	assert.deepEqual(Array.from(one.subarray(0, 2)), [0x00, 0x0b]);
	assert.equal(one.length, 34);
	assert.notDeepEqual(one, other);
});

test('signatures of all kinds verify, and only with their own key and data', () => {
	const data = new TextEncoder().encode('what was signed');
	const elliptic = ec('P-256');
	const raw = sign('sha256', data, { key: elliptic.privateKey, dsaEncoding: 'ieee-p1363' });
	const big = rsa(2048);
	const padding = constants.RSA_PKCS1_PSS_PADDING;
	const ecdsa: TPMT_SIGNATURE = {
		sigAlg: TPM_ALG.ECDSA,
		hash: TPM_ALG.SHA256,
		signatureR: raw.subarray(0, 32),
		signatureS: raw.subarray(32),
	};
	const cases: readonly (readonly [TPMT_SIGNATURE, { export(options: typeof spki): Buffer }])[] = [
		[ecdsa, elliptic.publicKey],
		[{ sigAlg: TPM_ALG.RSASSA, hash: TPM_ALG.SHA384, sig: sign('sha384', data, big.privateKey) }, big.publicKey],
		...[32, 222].map(
			(saltLength) =>
				[
					{
						sigAlg: TPM_ALG.RSAPSS,
						hash: TPM_ALG.SHA256,
						sig: sign('sha256', data, { key: big.privateKey, padding, saltLength }),
					},
					big.publicKey,
				] as const,
		),
	];
	for (const [signature, publicKey] of cases) {
		const der = publicKey.export(spki);
		assert.ok(verifyTpmSignature(der, data, signature));
		assert.equal(verifyTpmSignature(der, data.subarray(1), signature), false);
		assert.equal(verifyTpmSignature(ec('P-256').publicKey.export(spki), data, signature), false);
		assert.equal(verifyTpmSignature(rsa(2048).publicKey.export(spki), data, signature), false);
		assert.equal(verifyTpmSignature(Uint8Array.of(1, 2, 3), data, signature), false);
	}
});

test('SHA-1 and short RSA keys never verify', () => {
	const data = new TextEncoder().encode('what was signed');
	const { privateKey, publicKey } = rsa(2048);
	const sha1 = { sigAlg: TPM_ALG.RSASSA, hash: TPM_ALG.SHA1, sig: sign('sha1', data, privateKey) };
	assert.equal(verifyTpmSignature(publicKey.export(spki), data, sha1), false);
	const short = rsa(1024);
	const weak = { sigAlg: TPM_ALG.RSASSA, hash: TPM_ALG.SHA256, sig: sign('sha256', data, short.privateKey) };
	assert.equal(verifyTpmSignature(short.publicKey.export(spki), data, weak), false);
});

test('an ECDSA value with its high bit set becomes a positive INTEGER', () => {
	const value = signatureValue({
		sigAlg: TPM_ALG.ECDSA,
		hash: TPM_ALG.SHA256,
		signatureR: Uint8Array.of(0, 0, 0x80),
		signatureS: Uint8Array.of(0, 0),
	});
	assert.equal(Buffer.from(value).toString('hex'), '300702020080020100');
});
