import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, Problem } from '@keyward/core';
import { principalCertificate } from '@keyward/core/enrol';
import { encodePem, readCertificate } from '@keyward/core/format';
import { createFileKey } from '@keyward/custody';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { openAuthority } from './authority.ts';
import { certify } from './certified-key.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };

const temporary = async (): Promise<string> => {
	const folder = temporaryFolder('keyward-authority-');
	return folder;
};

const options = (folder: string, now = Date.now()) => ({
	folder: join(folder, 'authority'),
	store: inventoryAt(folder),
	clock: { now: () => now },
	entropy,
	applications: ['hall'],
	hostNames: ['keyward.example'],
});

const openssl = (...args: string[]) => spawnSync('openssl', args, { encoding: 'utf8' });

test('makes a site once and opens the same one again', async () => {
	const folder = await temporary();
	const first = await openAuthority(options(folder));
	const again = await openAuthority(options(folder));
	assert.deepEqual(again.siteRoot, first.siteRoot);
	assert.deepEqual(again.serviceCa.der, first.serviceCa.der);
	assert.equal(again.tls.cert, first.tls.cert);
	assert.deepEqual((await again.issuing('hall')).certificate.der, (await first.issuing('hall')).certificate.der);
	assert.equal(again.certificates().length, 3);
	for (const name of await readdir(join(folder, 'authority', 'keys'))) {
		const path = join(folder, 'authority', 'keys', name);
		assert.equal((await stat(path)).mode & 0o777, 0o600);
		assert.match(await readFile(path, 'utf8'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
	}
});

test('openssl accepts the chains for their purpose, and for no other', async () => {
	const folder = await temporary();
	const authority = await openAuthority(options(folder));
	const issuing = await authority.issuing('hall');
	const device = await createFileKey(join(folder, 'device'), 'key', 'Ed25519');
	const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
	const leaf = await certify(
		principalCertificate(name, device.publicKey, issuing.certificate, { now: Date.now(), lifetime: days(7) }, entropy),
		issuing.signer,
	);
	const file = async (label: string, ...certificates: Uint8Array[]): Promise<string> => {
		const path = join(folder, `${label}.pem`);
		await writeFile(path, certificates.map((der) => encodePem('CERTIFICATE', der)).join(''));
		return path;
	};
	const root = await file('root', authority.siteRoot);
	const serviceCa = await file('service-ca', authority.serviceCa.der);
	const middle = await file('issuing', issuing.certificate.der);
	const client = await file('leaf', leaf.der);
	const server = join(folder, 'authority', 'service.pem');
	const verify = (purpose: string, anchor: string, ...rest: string[]) =>
		openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', anchor, ...rest).status === 0;

	assert.ok(verify('sslclient', root, '-untrusted', middle, client));
	assert.ok(!verify('sslserver', root, '-untrusted', middle, client), 'a device must not pass for the service');
	assert.ok(!verify('sslclient', serviceCa, '-untrusted', middle, client), 'the service CA does not speak for devices');
	assert.ok(verify('sslserver', serviceCa, '-verify_hostname', 'keyward.example', server));
	assert.ok(verify('sslserver', serviceCa, '-verify_ip', '127.0.0.1', server));
	assert.ok(!verify('sslserver', serviceCa, '-verify_hostname', 'other.example', server));
	assert.ok(!verify('sslclient', serviceCa, server), 'the service must not pass for a device');
	assert.ok(!verify('sslserver', root, server), 'the site root does not speak for the service');

	// A device that signs a certificate with its own key gets nowhere: it is no CA.
	const forged = await certify(
		{
			...principalCertificate(name, device.publicKey, leaf, { now: Date.now(), lifetime: days(7) }, entropy),
			notAfter: leaf.notAfter,
		},
		device,
	);
	assert.ok(
		!verify(
			'sslclient',
			root,
			'-untrusted',
			await file('chain', issuing.certificate.der, leaf.der),
			await file('forged', forged.der),
		),
	);

	const text = openssl('x509', '-in', client, '-noout', '-text').stdout;
	assert.match(text, /Subject: O\s*=\s*hall, CN\s*=\s*probe-1, serialNumber\s*=\s*probe-1/);
	assert.match(text, /CA:FALSE/);
	assert.match(text, /Key Usage: critical\s+Digital Signature\n/);
	assert.match(text, /Extended Key Usage:\s+TLS Web Client Authentication\n/);
});

test('the service certificate is renewed near its end and when its names change, under the same CA and key', async () => {
	const folder = await temporary();
	const now = Date.now();
	const first = await openAuthority(options(folder, now));
	const early = await openAuthority(options(folder, now + days(200)));
	const late = await openAuthority(options(folder, now + days(300)));
	assert.equal(early.tls.cert, first.tls.cert);
	assert.notEqual(late.tls.cert, first.tls.cert);
	assert.equal(late.tls.key, first.tls.key);
	const named = await openAuthority({ ...options(folder, now + days(300)), hostNames: ['new.example'] });
	assert.notEqual(named.tls.cert, late.tls.cert);
});

test('two calls at once make one issuing CA, and it ends no later than its root', async () => {
	const authority = await openAuthority(options(await temporary()));
	const [one, two] = await Promise.all([authority.issuing('meadow'), authority.issuing('meadow')]);
	assert.deepEqual(one.certificate.der, two.certificate.der);
	assert.ok(one.certificate.notAfter <= readCertificate(authority.siteRoot).notAfter);
});

test('a lost, foreign or exposed key stops the start instead of making a new site', async () => {
	const folder = await temporary();
	await openAuthority(options(folder));
	const key = join(folder, 'authority', 'keys', 'site-root.key');
	const kept = await readFile(key);
	const fails = (code: string) =>
		assert.rejects(openAuthority(options(folder)), (error) => error instanceof Problem && error.code === code);
	await chmod(key, 0o644);
	await fails('key-file');
	await rm(key);
	await fails('site-configuration');
	await writeFile(key, await readFile(join(folder, 'authority', 'keys', 'service-ca.key')), { mode: 0o600 });
	await fails('site-configuration');
	await writeFile(key, kept, { mode: 0o600 });
	await openAuthority(options(folder));
	await writeFile(join(folder, 'authority', 'seal.key'), 'x'.repeat(43));
	await fails('key-file');
	await assert.rejects(openAuthority({ ...options(folder), hostNames: ['bad name'] }), Problem);
});

test('a site whose making was cut short between key and certificate is finished at the next start', async () => {
	const folder = await temporary();
	const key = await createFileKey(join(folder, 'authority', 'keys'), 'site-root', 'P-256');
	const authority = await openAuthority(options(folder));
	assert.deepEqual(readCertificate(authority.siteRoot).publicKey, key.publicKey);
});
