import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import {
	createFileAgreementKey,
	createFileKey,
	exposePrivateKeyForTls,
	keyFileOf,
	openFileAgreementKey,
	openFileKey,
} from './file-key.ts';

const temporary = async (): Promise<string> => {
	const folder = temporaryFolder('keyward-custody-');
	return join(folder, 'keys');
};

const refuses = (promise: Promise<unknown>): Promise<void> =>
	assert.rejects(promise, (error) => error instanceof Problem && error.code === 'key-file');

for (const algorithm of ['P-256', 'Ed25519'] as const) {
	test(`a ${algorithm} key signs, is opened again, and lies encrypted`, async () => {
		const folder = await temporary();
		const made = await createFileKey(folder, 'a', algorithm);
		const opened = await openFileKey(folder, 'a');
		assert.deepEqual(opened.publicKey, made.publicKey);
		assert.equal(opened.custody, 'software');
		const bytes = new TextEncoder().encode('to be signed');
		const key = createPublicKey({ key: Buffer.from(made.publicKey), format: 'der', type: 'spki' });
		assert.ok(verify(algorithm === 'P-256' ? 'sha256' : null, bytes, key, await opened.sign(bytes)));
		const text = await readFile(keyFileOf(folder, 'a'), 'utf8');
		assert.match(text, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
		assert.deepEqual(await readdir(folder), ['a.key'], 'no temporary is left');
		assert.match(await exposePrivateKeyForTls(folder, 'a'), /^-----BEGIN PRIVATE KEY-----/);
	});
}

test('openssl opens it with the seal, and not without', async () => {
	const folder = await temporary();
	await createFileKey(folder, 'a', 'P-256');
	const path = keyFileOf(folder, 'a');
	const open = (pass: string) => spawnSync('openssl', ['pkey', '-in', path, '-noout', '-passin', pass]).status;
	assert.equal(open(`file:${join(folder, '..', 'seal.key')}`), 0);
	assert.notEqual(open('pass:guess'), 0);
});

test('what a key is for stands in its file, openssl reads it all the same, and TLS gets no key that agrees', async () => {
	const folder = await temporary();
	await createFileAgreementKey(folder, 'a');
	const path = keyFileOf(folder, 'a');
	const text = await readFile(path, 'utf8');
	assert.match(text, /^Key Usage: Key Agreement\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
	const seal = `file:${join(folder, '..', 'seal.key')}`;
	assert.equal(spawnSync('openssl', ['pkey', '-in', path, '-noout', '-passin', seal]).status, 0);
	await refuses(openFileKey(folder, 'a'));
	await refuses(exposePrivateKeyForTls(folder, 'a'));
	// A use that this version does not know is not one that it may put the key to.
	await writeFile(path, text.replace('Key Agreement', 'Key Encipherment'), { mode: 0o600 });
	for (const open of [openFileKey, openFileAgreementKey]) await refuses(open(folder, 'a'));
});

test('two manufacturers at once: one key is made, the other told', async () => {
	const folder = await temporary();
	const outcomes = await Promise.allSettled([1, 2, 3].map(() => createFileKey(folder, 'a', 'P-256')));
	const made = outcomes.filter(({ status }) => status === 'fulfilled');
	assert.equal(made.length, 1);
	const [one] = made;
	assert.ok(one?.status === 'fulfilled');
	assert.deepEqual((await openFileKey(folder, 'a')).publicKey, one.value.publicKey);
});

test('a key that others may read, a link, a cut file, another seal, and a plain file are refused', async () => {
	const folder = await temporary();
	await createFileKey(folder, 'a', 'P-256');
	const path = keyFileOf(folder, 'a');
	for (const [place, mode] of [
		[path, 0o640],
		[path, 0o604],
		[folder, 0o750],
	] as const) {
		await chmod(place, mode);
		await refuses(openFileKey(folder, 'a'));
		await chmod(place, place === folder ? 0o700 : 0o600);
	}
	await symlink(path, keyFileOf(folder, 'link'));
	await refuses(openFileKey(folder, 'link'));
	await refuses(openFileKey(folder, 'absent'));
	const otherSeal = join(folder, '..', 'other.key');
	await writeFile(otherSeal, `${'x'.repeat(43)}\n`, { mode: 0o600 });
	await refuses(openFileKey(folder, 'a', { sealFile: otherSeal }));
	await writeFile(keyFileOf(folder, 'plain'), await exposePrivateKeyForTls(folder, 'a'), { mode: 0o600 });
	await refuses(openFileKey(folder, 'plain'));
	await openFileKey(folder, 'plain', { allowPlainKey: true });
	await openFileKey(folder, 'a');
	await truncate(path, 200);
	await refuses(openFileKey(folder, 'a'));
});

test('the seal may lie elsewhere, and a folder open to others gets no key', async () => {
	const folder = await temporary();
	const sealFile = join(folder, '..', 'elsewhere', 'seal');
	await createFileKey(folder, 'a', 'P-256', { sealFile });
	await openFileKey(folder, 'a', { sealFile });
	await refuses(openFileKey(folder, 'a'));
	const open = join(folder, '..', 'open');
	await mkdir(open, { mode: 0o755 });
	await refuses(createFileKey(open, 'a', 'P-256'));
});
