import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days } from '@keyward/core';
import { isIssuedBy } from '@keyward/core/format';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { type AuthorityOptions, openAuthority } from './authority.ts';
import { chainOf, device, entropy, leads, refuses } from './rollover.fixture.ts';

test('keys move into a token by rolling over, each where it was made', async (t) => {
	if (!needsSoftHsm(t)) return;
	const folder = await mkdtemp(join(tmpdir(), 'keyward-rollover-'));
	const hsm = await startSoftHsm();
	const options: AuthorityOptions = {
		folder: join(folder, 'authority'),
		store: inventoryAt(folder),
		clock: { now: () => Date.now() },
		entropy,
		applications: ['hall'],
		hostNames: [],
	};
	const inFiles = await openAuthority(options);
	const { siteRoot } = inFiles;
	await inFiles.close();
	const custody = { custody: 'pkcs11', module: SOFTHSM_MODULE, token: hsm.token, pinFile: hsm.pinFile } as const;
	const authority = await openAuthority({ ...options, custody });
	t.after(async () => {
		await authority.close();
		await hsm.close();
		await rm(folder, { recursive: true, force: true });
	});
	assert.deepEqual(authority.siteRoot, siteRoot);
	await authority.roll('site-root', false);
	const keys = (await authority.list())
		.filter(({ name }) => name === 'site-root')
		.map(({ number, state, key }) => [number, state, key]);
	// An emulator is shown as one.
	assert.deepEqual(keys, [
		[1, 'outgoing', 'file'],
		[2, 'active', 'emulated-token'],
	]);
	assert.ok(!(await readdir(join(folder, 'authority', 'keys'))).includes('site-root_2.key'));
	// Without the token's place in the site file the key cannot be found, and no other is made.
	await refuses(openAuthority(options), 'site-configuration');
});

test('a CA whose key is lost is rolled over without it, once the operator says so', async () => {
	const folder = temporaryFolder('keyward-rollover-');
	const options: AuthorityOptions = {
		folder: join(folder, 'authority'),
		store: inventoryAt(folder),
		clock: { now: () => Date.now() },
		entropy,
		applications: ['hall'],
		hostNames: [],
	};
	const first = await openAuthority(options);
	const leaf = await device(first, folder, 'd');
	for (const lost of ['site-root', 'issuing.hall']) await rm(join(folder, 'authority', 'keys', `${lost}.key`));
	await refuses(openAuthority(options), 'site-configuration');
	const without = await openAuthority({ ...options, lostKeys: ['site-root', 'issuing.hall'] });
	await refuses((await without.issuing('hall')).signer.sign(new Uint8Array(1)), 'key-file');
	await refuses(without.roll('site-root', false), 'key-file');
	await without.roll('site-root', true);
	assert.equal(without.held('site-root')[1]?.byPredecessor, null);
	await without.roll('issuing.hall', true);
	const after = await device(without, folder, 'e');
	const anchors = without.certificates();
	for (const one of [leaf, after]) assert.ok(await leads(folder, 'sslclient', one, [], anchors));
	await without.retire('issuing.hall', 1);
	await without.retire('site-root', 1);
	const { issuing, siteRoot } = await openAuthority(options);
	assert.ok(isIssuedBy((await issuing('hall')).certificate.der, siteRoot));
});

test('a site whose service CA is lost shows its certificate on, and has a new CA that nobody is led to', async () => {
	const folder = temporaryFolder('keyward-rollover-');
	let now = Date.now() - days(300);
	const options: AuthorityOptions = {
		folder: join(folder, 'authority'),
		store: inventoryAt(folder),
		clock: { now: () => now },
		entropy,
		applications: [],
		hostNames: [],
	};
	const first = await openAuthority(options);
	await rm(join(folder, 'authority', 'keys', 'service-ca.key'));
	now += days(300);
	const without = await openAuthority({ ...options, lostKeys: ['service-ca'] });
	assert.equal(without.tls.cert, first.tls.cert, 'old, and good still');
	await refuses(without.roll('service-ca', false), 'key-file');
	await without.roll('service-ca', true);
	await without.activate('service-ca');
	const [leaf, ...rest] = chainOf(without);
	assert.ok(leaf);
	assert.ok(await leads(folder, 'sslserver', leaf, rest, [without.serviceCa.der]));
	assert.ok(!(await leads(folder, 'sslserver', leaf, rest, [first.serviceCa.der])));
});

test('the service certificate is renewed while the site runs, and listeners hear of it', async () => {
	const folder = temporaryFolder('keyward-rollover-');
	let now = Date.now();
	const authority = await openAuthority({
		folder: join(folder, 'authority'),
		store: inventoryAt(folder),
		clock: { now: () => now },
		entropy,
		applications: [],
		hostNames: [],
	});
	const shown = authority.tls;
	let heard = 0;
	authority.onChange(() => heard++);
	await authority.tend();
	now += days(200);
	await authority.tend();
	assert.deepEqual([authority.tls, heard], [shown, 0]);
	now += days(100);
	await authority.tend();
	assert.equal(heard, 1);
	assert.notEqual(authority.tls.cert, shown.cert);
	assert.equal(authority.tls.key, shown.key);
});
