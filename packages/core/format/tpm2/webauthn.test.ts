import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isIssuedBy, readCertificate } from '../certificate.ts';
import {
	objectName,
	TPM_ALG,
	TPM_ECC,
	TPM_ST,
	TPMS_ATTEST,
	TPMT_PUBLIC,
	type TPMT_SIGNATURE,
	toSubjectPublicKeyInfo,
	verifyTpmSignature,
} from './index.ts';

// The TPM example of the W3C's Web Authentication, Level 3 (vectors/tpm2/README.md).

const vector = JSON.parse(
	await readFile(new URL('../../../../vectors/tpm2/webauthn.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const field = (name: string): Uint8Array => new Uint8Array(Buffer.from(vector[name] ?? '', 'hex'));
const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
	new Uint8Array(hash('sha256', Buffer.concat(parts), 'buffer'));

/** WebAuthn carries an ECDSA signature as DER. */
const fromDer = (der: Uint8Array): TPMT_SIGNATURE => {
	const r = der.subarray(4, 4 + (der[3] ?? 0));
	const s = der.subarray(4 + r.length + 2);
	return { sigAlg: TPM_ALG.ECDSA, hash: TPM_ALG.SHA256, signatureR: r, signatureS: s };
};

test('certInfo attests pubArea, for this very ceremony, by the certified key', () => {
	const attest = TPMS_ATTEST.unmarshal(field('certInfo'));
	const area = TPMT_PUBLIC.unmarshal(field('pubArea'));
	assert.ok(attest.attested.type === TPM_ST.ATTEST_CERTIFY);
	assert.deepEqual(attest.attested.name, objectName(area));
	assert.deepEqual(attest.extraData, sha256(field('authenticatorData'), sha256(field('clientDataJSON'))));
	const certificate = readCertificate(field('aikCert'));
	assert.ok(isIssuedBy(field('aikCert'), field('attestation_ca_cert')));
	assert.ok(verifyTpmSignature(certificate.publicKey, field('certInfo'), fromDer(field('sig'))));
	assert.deepEqual(TPMS_ATTEST.marshal(attest), field('certInfo'));
	assert.deepEqual(TPMT_PUBLIC.marshal(area), field('pubArea'));
});

test('pubArea is the credential key of authenticatorData', () => {
	const area = TPMT_PUBLIC.unmarshal(field('pubArea'));
	assert.ok(area.type === TPM_ALG.ECC && area.parameters.curveID === TPM_ECC.NIST_P256);
	const spki = Buffer.from(toSubjectPublicKeyInfo(area));
	const cose = Buffer.from(field('authenticatorData').subarray(-67));
	assert.ok(cose.includes(spki.subarray(-64, -32)) && cose.includes(spki.subarray(-32)));
});

test('changed in any byte, certInfo no longer verifies', () => {
	const { publicKey } = readCertificate(field('aikCert'));
	const signature = fromDer(field('sig'));
	const certInfo = field('certInfo');
	for (let at = 0; at < certInfo.length; at += 5) {
		const changed = certInfo.slice();
		changed[at] = (changed[at] ?? 0) ^ 1;
		assert.equal(verifyTpmSignature(publicKey, changed, signature), false);
	}
	const weak: TPMT_SIGNATURE = { ...signature, hash: TPM_ALG.SHA1 };
	assert.equal(verifyTpmSignature(publicKey, certInfo, weak), false);
});
