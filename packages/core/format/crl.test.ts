import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import 'reflect-metadata';
import { X509Crl } from '@peculiar/x509';
import * as fc from 'fast-check';
import { siteRootCertificate } from '../enrol/authority-profile.ts';
import { revocationCauses } from '../port/certificate-store.ts';
import { Problem } from '../problem/problem.ts';
import { assembleCertificate, freezeCertificate, readCertificate } from './certificate.ts';
import { assembleCrl, type CrlContent, type CrlEntry, freezeCrl } from './crl.ts';
import { isCrlOf, readCrl } from './crl-view.ts';
import { encodePem } from './pem.ts';
import { keyThumbprint } from './public-key.ts';
import { testSigner } from './signer.fixture.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const now = Date.UTC(2026, 10, 22, 12);

const makeIssuer = async () => {
	const signer = testSigner();
	const frozen = freezeCertificate(
		siteRootCertificate({ publicKey: signer.publicKey, now, entropy }),
		signer.publicKey,
	);
	return { signer, view: readCertificate(assembleCertificate(frozen, signer.publicKey, await signer.sign(frozen))) };
};

const contentOf = ({ view }: Awaited<ReturnType<typeof makeIssuer>>, entries: readonly CrlEntry[]): CrlContent => ({
	issuer: view.subjectName,
	issuerKey: keyThumbprint(view.publicKey),
	number: now,
	thisUpdate: now,
	nextUpdate: now + 86_400_000,
	entries,
});

const sign = async ({ signer }: Awaited<ReturnType<typeof makeIssuer>>, content: CrlContent): Promise<Uint8Array> => {
	const frozen = freezeCrl(content, signer.publicKey);
	return assembleCrl(frozen, signer.publicKey, await signer.sign(frozen));
};

const entry = fc.record(
	{
		serial: fc
			.uint8Array({ minLength: 1, maxLength: 19 })
			.map((bytes) => `01${Buffer.from(bytes).toString('hex')}`)
			.chain((text) => fc.constantFrom(text, `ff${text.slice(4)}`)),
		at: fc.integer({ min: Date.UTC(1990, 0) / 1000, max: Date.UTC(2099, 0) / 1000 }).map((seconds) => seconds * 1000),
		cause: fc.constantFrom(...revocationCauses),
	},
	{ noNullPrototype: true },
);

test('what is written is read back, whatever the entries, and an oracle reads the same', async () => {
	const issuer = await makeIssuer();
	await fc.assert(
		fc.asyncProperty(fc.array(entry, { maxLength: 20 }), async (entries) => {
			const content = contentOf(issuer, entries);
			const der = await sign(issuer, content);
			const { issuerKey, ...rest } = content;
			assert.deepEqual(readCrl(der), { ...rest, authorityKey: issuerKey });
			assert.ok(isCrlOf(der, issuer.signer.publicKey));
			const oracle = new X509Crl(Buffer.from(der));
			assert.deepEqual(
				oracle.entries.map(({ serialNumber, revocationDate }) => [serialNumber.replace(/^00/, ''), +revocationDate]),
				entries.map(({ serial, at }) => [serial, at]),
			);
		}),
		{ numRuns: 50 },
	);
});

test('openssl verifies it and tells number, key and reasons', async () => {
	const issuer = await makeIssuer();
	const der = await sign(
		issuer,
		contentOf(issuer, [
			{ serial: 'f00d01', at: now - 5000, cause: 'keyCompromise' },
			{ serial: '40aa', at: now - 4000, cause: 'unspecified' },
		]),
	);
	const folder = mkdtempSync(join(tmpdir(), 'keyward-crl-'));
	try {
		writeFileSync(join(folder, 'ca.pem'), encodePem('CERTIFICATE', issuer.view.der));
		const { stdout, stderr } = spawnSync(
			'openssl',
			['crl', '-inform', 'DER', '-text', '-noout', '-CAfile', join(folder, 'ca.pem')],
			{ input: der, encoding: 'utf8' },
		);
		assert.match(stderr, /verify OK/);
		assert.match(stdout, /Version 2/);
		assert.match(stdout, new RegExp(`CRL Number: \\s+${now}`));
		assert.match(stdout, /Serial Number: F00D01\s+Revocation Date: Nov 22 11:59:55 2026 GMT[^]*Key Compromise/);
		// RFC 5280 §5.3.1: unspecified is said by saying nothing.
		assert.doesNotMatch(stdout, /Unspecified/);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test('a list by another key is refused, a changed or cut one is told, and nothing that is no list gets through', async () => {
	const [issuer, other] = [await makeIssuer(), await makeIssuer()];
	const content = contentOf(issuer, [{ serial: '41', at: now, cause: 'superseded' }]);
	const frozen = freezeCrl(content, issuer.signer.publicKey);
	const foreign = await other.signer.sign(frozen);
	assert.throws(() => assembleCrl(frozen, issuer.signer.publicKey, foreign), Problem);
	const der = await sign(issuer, content);
	assert.ok(!isCrlOf(der, other.signer.publicKey));
	const changed = Uint8Array.from(der);
	changed[changed.indexOf(0x41, 60)] = 0x42;
	assert.ok(!isCrlOf(changed, issuer.signer.publicKey));
	for (let length = 0; length < der.length; length++) {
		assert.throws(() => readCrl(der.subarray(0, length)), Problem);
		assert.ok(!isCrlOf(der.subarray(0, length), issuer.signer.publicKey));
	}
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
			assert.throws(() => readCrl(bytes), Problem);
		}),
	);
});

test('30,000 entries are written and read', async () => {
	const issuer = await makeIssuer();
	const entries = Array.from({ length: 30_000 }, (_, index) => ({
		serial: `4${index.toString(16).padStart(31, '0')}`,
		at: now - index * 1000,
		cause: 'keyCompromise' as const,
	}));
	const frozen = freezeCrl(contentOf(issuer, entries), issuer.signer.publicKey);
	assert.equal(
		readCrl(assembleCrl(frozen, issuer.signer.publicKey, await issuer.signer.sign(frozen))).entries.length,
		30_000,
	);
});
