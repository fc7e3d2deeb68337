import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Problem } from '@keyward/core';
import type { KeyStore } from '@keyward/core/port';
import { fileKeyStore } from './file-key-store.ts';
import { tokenKeyStore } from './pkcs11/token-key-store.ts';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';

const bytes = new TextEncoder().encode('to be signed');

/** What the port promises, asked of any store. */
const keepsItsPromises = async (store: KeyStore): Promise<void> => {
	assert.equal(await store.has('a'), false);
	await assert.rejects(store.open('a'), Problem);
	assert.equal(await store.erase('a'), false);
	const [made, other] = [await store.create('a', 'P-256'), await store.create('a_2', 'P-256')];
	assert.notDeepEqual(made.publicKey, other.publicKey);
	await assert.rejects(store.create('a', 'P-256'), Problem);
	assert.deepEqual([await store.has('a'), await store.has('A'), await store.has('a_')], [true, false, false]);
	await store.close();
	const opened = await store.open('a');
	assert.deepEqual(opened.publicKey, made.publicKey);
	const key = createPublicKey({ key: Buffer.from(made.publicKey), format: 'der', type: 'spki' });
	assert.ok(verify('sha256', bytes, key, await opened.sign(bytes)));
	assert.equal(await store.erase('a'), true);
	assert.equal(await store.has('a'), false);
	assert.equal(await store.has('a_2'), true);
	const anew = await store.create('a', 'P-256');
	assert.notDeepEqual(anew.publicKey, made.publicKey);
};

test('a folder of files keeps the promises of a key store', async (t: TestContext) => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-store-'));
	t.after(() => rm(folder, { recursive: true, force: true }));
	await keepsItsPromises(fileKeyStore(join(folder, 'keys')));
});

test('a PKCS#11 token keeps the promises of a key store', async (t: TestContext) => {
	if (!needsSoftHsm(t)) return;
	const hsm = await startSoftHsm();
	const store = tokenKeyStore({ module: SOFTHSM_MODULE, token: { label: hsm.token }, pin: async () => hsm.pin });
	t.after(async () => {
		await store.close();
		await hsm.close();
	});
	await keepsItsPromises(store);
});
