import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import 'reflect-metadata';
import { X509Certificate as OracleCertificate } from '@peculiar/x509';
import * as fc from 'fast-check';
import { principalCertificate } from '../enrol/certificate-profile.ts';
import { siteRootCertificate } from '../enrol/authority-profile.ts';
import { Problem } from '../problem/problem.ts';
import { days, minutes } from '../units/milliseconds.ts';
import { assembleCertificate, freezeCertificate, isIssuedBy, readCertificate, readToBeSigned } from './certificate.ts';
import { decodeCertsOnly, encodeCertsOnly } from './certs-only.ts';
import { encodePem } from './pem.ts';
import { testSigner } from './signer.fixture.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const now = Date.UTC(2026, 10, 22, 12, 0, 0, 123);
const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;

const makeRoot = async () => {
	const signer = testSigner();
	const frozen = freezeCertificate(
		siteRootCertificate({ publicKey: signer.publicKey, now, entropy }),
		signer.publicKey,
	);
	return { signer, view: readCertificate(assembleCertificate(frozen, signer.publicKey, await signer.sign(frozen))) };
};

test('what is frozen is what is certified, and an oracle reads the same', async () => {
	const root = await makeRoot();
	const device = testSigner('Ed25519');
	const content = principalCertificate(name, device.publicKey, root.view, { now, lifetime: days(7) }, entropy);
	const frozen = freezeCertificate(content, root.signer.publicKey);
	const der = assembleCertificate(frozen, root.signer.publicKey, await root.signer.sign(frozen));
	const view = readCertificate(der);

	assert.equal(Buffer.from(der).includes(Buffer.from(frozen)), true);
	assert.deepEqual({ der, fingerprint: view.fingerprint, ...readToBeSigned(frozen) }, view);
	assert.deepEqual(view.publicKey, device.publicKey);
	assert.equal(view.serial, Buffer.from(content.serial).toString('hex'));
	assert.equal(view.notBefore, Date.UTC(2026, 10, 22, 11, 55));
	assert.equal(view.notAfter - view.notBefore, days(7));
	assert.equal(view.isAuthority, false);
	assert.deepEqual(view.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
	assert.ok(isIssuedBy(der, root.view.der));
	assert.ok(!isIssuedBy(der, (await makeRoot()).view.der));

	const oracle = new OracleCertificate(Buffer.from(der));
	assert.equal(oracle.subject, 'O=hall, CN=probe-1, 2.5.4.5=probe-1');
	assert.equal(oracle.serialNumber, view.serial);
	assert.equal(oracle.notAfter.getTime(), view.notAfter);
	assert.ok(await oracle.verify({ publicKey: new OracleCertificate(Buffer.from(root.view.der)).publicKey }));
});

test('a signature by another key never becomes a certificate', async () => {
	const root = await makeRoot();
	const content = principalCertificate(name, testSigner().publicKey, root.view, { now, lifetime: days(7) }, entropy);
	const frozen = freezeCertificate(content, root.signer.publicKey);
	const foreign = await testSigner().sign(frozen);
	assert.throws(() => assembleCertificate(frozen, root.signer.publicKey, foreign), Problem);
});

test('a certificate never outlives its issuer, however long the policy allows, nor begins before it', async () => {
	const root = await makeRoot();
	const key = testSigner().publicKey;
	const lifetimes = fc.integer({ min: 1000, max: days(365 * 40) });
	const moments = fc.integer({ min: root.view.notBefore, max: root.view.notAfter });
	fc.assert(
		fc.property(lifetimes, moments, (lifetime, at) => {
			const { notBefore, notAfter } = principalCertificate(name, key, root.view, { now: at, lifetime }, entropy);
			return (
				notAfter <= root.view.notAfter &&
				notBefore >= root.view.notBefore &&
				notAfter - notBefore <= lifetime &&
				notBefore >= at - minutes(5) - 1000
			);
		}),
	);
});

test('serials are positive and at most 20 octets, whatever the entropy', async () => {
	const root = await makeRoot();
	for (const octet of [0x00, 0x7f, 0x80, 0xff]) {
		const fixed = { bytes: (count: number) => new Uint8Array(count).fill(octet) };
		const { serial } = principalCertificate(name, root.signer.publicKey, root.view, { now, lifetime: days(1) }, fixed);
		assert.equal(serial.length, 16);
		assert.ok((serial[0] ?? 0) >= 0x40 && (serial[0] ?? 0) < 0x80);
	}
});

test('times from 2050 on are GeneralizedTime (RFC 5280 §4.1.2.5), and openssl reads them', async () => {
	const signer = testSigner();
	const later = Date.UTC(2045, 0, 1);
	const frozen = freezeCertificate(
		siteRootCertificate({ publicKey: signer.publicKey, now: later, entropy }),
		signer.publicKey,
	);
	const der = assembleCertificate(frozen, signer.publicKey, await signer.sign(frozen));
	const shown = spawnSync('openssl', ['x509', '-noout', '-enddate'], {
		input: encodePem('CERTIFICATE', der),
		encoding: 'utf8',
	});
	assert.match(shown.stdout, /2064 GMT/);
	assert.equal(new Date(readCertificate(der).notAfter).getUTCFullYear(), 2064);
});

test('certs-only goes there and back, openssl reads it, and a cut one is a Problem', async () => {
	const roots = [(await makeRoot()).view.der, (await makeRoot()).view.der];
	const message = encodeCertsOnly(roots);
	assert.deepEqual(decodeCertsOnly(message), roots);
	assert.deepEqual(decodeCertsOnly(encodeCertsOnly([])), []);
	const shown = spawnSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs', '-noout'], {
		input: message,
		encoding: 'utf8',
	});
	assert.equal(shown.stdout.match(/subject/g)?.length, 2, shown.stderr);
	for (let length = 0; length < message.length; length++) {
		assert.throws(() => decodeCertsOnly(message.subarray(0, length)), Problem);
	}
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
			for (const read of [decodeCertsOnly, readCertificate, readToBeSigned]) {
				try {
					read(bytes);
				} catch (error) {
					assert.ok(error instanceof Problem);
				}
			}
		}),
	);
});
