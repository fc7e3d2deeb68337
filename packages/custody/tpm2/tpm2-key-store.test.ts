import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { openTpm, tpm2KeyStore } from './index.ts';

const bytes = new TextEncoder().encode('a reading');
const isKeyFile = (error: unknown): boolean => error instanceof Problem && error.code === 'key-file';

test('a TPM is a key store; a key that is erased signs no more, and its name is free', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const store = tpm2KeyStore(openTpm(swtpm.tcti), join(swtpm.folder, 'keys'));
	t.after(() => store.close());
	assert.equal(await store.has('a'), false);
	await assert.rejects(store.open('a'), isKeyFile);
	assert.equal(await store.erase('a'), false);
	await assert.rejects(
		store.create('a', 'Ed25519'),
		(error) => error instanceof Problem && error.code === 'tpm-failed',
	);
	const made = await store.create('a', 'P-256');
	assert.equal(await store.has('a'), true);
	await assert.rejects(store.create('a', 'P-256'), isKeyFile);
	const opened = await store.open('a');
	await store.close();
	const key = createPublicKey({ key: Buffer.from(made.publicKey), format: 'der', type: 'spki' });
	assert.ok(verify('sha256', bytes, key, await opened.sign(bytes)));
	assert.equal(await store.erase('a'), true);
	assert.equal(await store.has('a'), false);
	for (const gone of [made, opened]) await assert.rejects(gone.sign(bytes), isKeyFile);
	const next = await store.create('a', 'P-256');
	assert.notDeepEqual(next.publicKey, made.publicKey);
	await next.sign(bytes);
});

test('keys of an emulator count as software, unless a demonstration says otherwise', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	const keys = join(swtpm.folder, 'keys');
	const { custody, emulated } = await tpm2KeyStore(tpm, keys).create('a', 'P-256');
	assert.deepEqual({ custody, emulated }, { custody: 'software', emulated: true });
	const shown = await tpm2KeyStore(tpm, keys, { emulatedCountsAsHardware: true }).open('a');
	assert.deepEqual({ custody: shown.custody, emulated: shown.emulated }, { custody: 'tpm2', emulated: true });
});
