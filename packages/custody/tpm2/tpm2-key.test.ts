import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ErrorCode, Problem } from '@keyward/core';
import { decodeTpmKeyFile, sized, TPM2B_PUBLIC, TPM_RC, TPM_RH } from '@keyward/core/tpm2';
import { needs } from '@keyward/testing/debian';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import {
	certify,
	createAttestationKey,
	createTpm2Key,
	eraseTpm2Key,
	hasResponseCode,
	hasTpm2Key,
	openSwtpm,
	openTpm,
	openTpm2Key,
	provisionStorageKey,
	SRK_HANDLE,
	TPM2_Clear,
	TPM2_GetCapability,
	type Tpm,
	type Transport,
	tpm2KeyFileOf,
} from './index.ts';

const bytes = new TextEncoder().encode('a reading');
const refused =
	(code: ErrorCode, words = /./) =>
	(error: unknown) =>
		error instanceof Problem && error.code === code && words.test(error.detail);
const isSignature = (spki: Uint8Array, signature: Uint8Array): boolean =>
	verify('sha256', bytes, createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }), signature);
const transientHandles = async (tpm: Tpm): Promise<number> => {
	const input = { capability: 'handles', property: 0x8000_0000, propertyCount: 64 } as const;
	return (await TPM2_GetCapability(tpm, input)).handles.length;
};

test('a key is made in the TPM, signs, is opened again, and is erased', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const keys = join(swtpm.folder, 'keys');
	const tpm = openTpm(swtpm.tcti);
	const made = await createTpm2Key(tpm, keys, 'a');
	assert.equal(made.custody, 'tpm2');
	assert.ok(isSignature(made.publicKey, await made.sign(bytes)));
	const { objectAttributes, parameters } = made.publicArea;
	assert.deepEqual(
		Object.entries(objectAttributes).flatMap(([name, set]) => (set ? [name] : [])),
		['fixedTPM', 'fixedParent', 'sensitiveDataOrigin', 'userWithAuth', 'noDA', 'sign'],
	);
	assert.deepEqual(parameters.scheme.hashAlg, null);
	assert.equal((await stat(tpm2KeyFileOf(keys, 'a'))).mode & 0o777, 0o600);
	await assert.rejects(createTpm2Key(tpm, keys, 'a'), refused('key-file', /not replaced/));
	await tpm.close();
	await swtpm.kill();
	await swtpm.start();
	await using later = openTpm(swtpm.tcti);
	const opened = await openTpm2Key(later, keys, 'a');
	assert.deepEqual(opened.publicKey, made.publicKey);
	assert.deepEqual(opened.tpmName, made.tpmName);
	assert.ok(isSignature(made.publicKey, await opened.sign(bytes)));
	await eraseTpm2Key(keys, 'a');
	assert.equal(await hasTpm2Key(keys, 'a'), false);
	await assert.rejects(openTpm2Key(later, keys, 'a'), refused('key-file', /There is no/));
	await eraseTpm2Key(keys, 'a');
});

test('files that are no device key, or open to others, are refused', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const keys = join(swtpm.folder, 'keys');
	await using tpm = openTpm(swtpm.tcti);
	await createTpm2Key(tpm, keys, 'a');
	await createAttestationKey(tpm, keys, 'ak', 'ecc-p256');
	await assert.rejects(
		openTpm2Key(tpm, keys, 'ak'),
		refused('key-file', /no P-256 or P-384 key that signs what it is given/),
	);
	const path = tpm2KeyFileOf(keys, 'a');
	await chmod(path, 0o644);
	await assert.rejects(openTpm2Key(tpm, keys, 'a'), refused('key-file', /chmod 600/));
	await chmod(path, 0o600);
	const pem = await readFile(path, 'utf8');
	await writeFile(path, pem.slice(0, 200));
	await assert.rejects(openTpm2Key(tpm, keys, 'a'), refused('key-file', /no TPM key file/));
});

test('a key does not work in another TPM, nor in its own once that is cleared', async (t) => {
	if (!needsSwtpm(t)) return;
	const [swtpm, stranger] = await Promise.all([startSwtpm(t), startSwtpm(t)]);
	const keys = join(swtpm.folder, 'keys');
	await using tpm = openTpm(swtpm.tcti);
	await using other = openTpm(stranger.tcti);
	const key = await createTpm2Key(tpm, keys, 'a');
	const isForeign = (error: unknown): boolean => hasResponseCode(error, TPM_RC.INTEGRITY);
	const copied = await openTpm2Key(other, keys, 'a');
	await assert.rejects(copied.sign(bytes), isForeign);
	assert.equal(await transientHandles(other), 0, 'a failure leaves no slot taken');
	await key.sign(bytes);
	await TPM2_Clear(tpm, { authHandle: tpm.hierarchy(TPM_RH.LOCKOUT) });
	await assert.rejects(key.sign(bytes), isForeign);
});

test('a PIN is asked for, a wrong one refused, and a listener on the bus never sees it', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const keys = join(swtpm.folder, 'keys');
	const heard: Uint8Array[] = [];
	const listened = async (): Promise<Transport> => {
		const real = await openSwtpm({ path: swtpm.tcti.replace('swtpm:path=', '') });
		return {
			close: () => real.close(),
			send: async (command) => {
				const response = await real.send(command);
				heard.push(command, response);
				return response;
			},
		};
	};
	await using tpm = openTpm(listened);
	const authValue = new TextEncoder().encode('pin-471100\0');
	const made = await createTpm2Key(tpm, keys, 'a', { authValue });
	assert.ok(isSignature(made.publicKey, await made.sign(bytes)));
	await made.sign(bytes);
	await assert.rejects(openTpm2Key(tpm, keys, 'a'), refused('key-file', /PIN/));
	const guessed = await openTpm2Key(tpm, keys, 'a', { authValue: new TextEncoder().encode('pin-000000') });
	await assert.rejects(guessed.sign(bytes), refused('tpm-failed', /AUTH_FAIL/));
	const opened = await openTpm2Key(tpm, keys, 'a', { authValue });
	assert.ok(isSignature(made.publicKey, await opened.sign(bytes)));
	await swtpm.reset();
	assert.ok(isSignature(made.publicKey, await opened.sign(bytes)));
	const attestationKey = await createAttestationKey(tpm, keys, 'ak', 'ecc-p256');
	await certify(tpm, opened, attestationKey, bytes);
	assert.doesNotMatch(await readFile(tpm2KeyFileOf(keys, 'a'), 'latin1'), /471100/);
	assert.ok(heard.some((message) => Buffer.from(message).includes(Buffer.from(made.tpmName))));
	assert.ok(!heard.some((message) => Buffer.from(message).includes(Buffer.from('471100'))));
});

test('three slots are enough for fifty operations of four keys at once', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const keys = join(swtpm.folder, 'keys');
	await using tpm = openTpm(swtpm.tcti);
	const several = await Promise.all(['a', 'b', 'c', 'd'].map((name) => createTpm2Key(tpm, keys, name)));
	await Promise.all(
		Array.from({ length: 50 }, async (_, index) => {
			const key = several[index % 3 === 0 ? 0 : index % 4];
			assert.ok(key !== undefined && isSignature(key.publicKey, await key.sign(bytes)));
		}),
	);
	assert.equal(await transientHandles(tpm), 1, 'the key used last stays loaded');
	const one = several[0];
	assert.ok(one !== undefined);
	await one.sign(bytes);
	for (let index = 0; index < 10; index++) await one.sign(bytes);
	assert.equal(await transientHandles(tpm), 1);
});

test('with the storage key made persistent, keys made before and after work', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const keys = join(swtpm.folder, 'keys');
	await using tpm = openTpm(swtpm.tcti);
	const before = await createTpm2Key(tpm, keys, 'before');
	assert.equal(await provisionStorageKey(tpm), SRK_HANDLE);
	assert.equal(await provisionStorageKey(tpm), SRK_HANDLE);
	const after = await createTpm2Key(tpm, keys, 'after');
	for (const key of [before, after]) assert.ok(isSignature(key.publicKey, await key.sign(bytes)));
	assert.equal(decodeTpmKeyFile(await readFile(tpm2KeyFileOf(keys, 'after'), 'utf8')).parent, SRK_HANDLE);
});

test('OpenSSL signs with our key file, and we with its', async (t) => {
	if (!needsSwtpm(t) || !needs(t, 'ossl-modules/tpm2.so')) return;
	if (!needs(t, 'libtss2-tcti-swtpm.so.0') || !needs(t, 'openssl')) return;
	const swtpm = await startSwtpm(t);
	const keys = join(swtpm.folder, 'keys');
	const tpm = openTpm(swtpm.tcti);
	const ours = await createTpm2Key(tpm, keys, 'ours');
	await tpm.close();
	await writeFile(join(swtpm.folder, 'message'), bytes);
	const providers = ['-provider', 'tpm2', '-provider', 'base'];
	const file = tpm2KeyFileOf(keys, 'ours');
	await swtpm.run(
		'openssl',
		'pkeyutl',
		...providers,
		'-sign',
		'-inkey',
		file,
		'-rawin',
		'-in',
		'message',
		'-out',
		'sig',
	);
	assert.ok(isSignature(ours.publicKey, await readFile(join(swtpm.folder, 'sig'))));
	const theirs = tpm2KeyFileOf(keys, 'theirs');
	await swtpm.run(
		'openssl',
		'genpkey',
		'-provider',
		'tpm2',
		'-algorithm',
		'EC',
		'-pkeyopt',
		'group:P-256',
		'-out',
		theirs,
	);
	await chmod(theirs, 0o600);
	const larger = tpm2KeyFileOf(keys, 'larger');
	await swtpm.run(
		'openssl',
		'genpkey',
		'-provider',
		'tpm2',
		'-algorithm',
		'EC',
		'-pkeyopt',
		'group:P-384',
		'-out',
		larger,
	);
	await chmod(larger, 0o600);
	await using again = openTpm(swtpm.tcti);
	for (const name of ['theirs', 'larger']) {
		const key = await openTpm2Key(again, keys, name);
		assert.ok(isSignature(key.publicKey, await key.sign(bytes)), name);
	}
});

test('tpm2-tools load our key and read the same public area and name; we sign with theirs', async (t) => {
	if (!needsSwtpm(t, 'tpm2-tools')) return;
	const swtpm = await startSwtpm(t);
	const { folder, run } = swtpm;
	const keys = join(folder, 'keys');
	const tpm = openTpm(swtpm.tcti);
	await provisionStorageKey(tpm);
	const ours = await createTpm2Key(tpm, keys, 'ours');
	await tpm.close();
	const file = decodeTpmKeyFile(await readFile(tpm2KeyFileOf(keys, 'ours'), 'utf8'));
	await writeFile(join(folder, 'ours.pub'), TPM2B_PUBLIC.marshal(file.publicArea));
	await writeFile(join(folder, 'ours.priv'), sized(file.privateArea));
	await run('tpm2_load', '-C', '0x81000001', '-u', 'ours.pub', '-r', 'ours.priv', '-c', 'ours.ctx');
	const read = await run('tpm2_readpublic', '-c', 'ours.ctx', '-f', 'pem', '-o', 'ours.pem');
	assert.match(read, new RegExp(`name: ${Buffer.from(ours.tpmName).toString('hex')}`));
	assert.match(read, /value: fixedtpm\|fixedparent\|sensitivedataorigin\|userwithauth\|noda\|sign\n/);
	const spki = createPublicKey(await readFile(join(folder, 'ours.pem'))).export({ type: 'spki', format: 'der' });
	assert.deepEqual(new Uint8Array(spki), ours.publicKey);
	await run('tpm2_flushcontext', '-t');
	const attributes = 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign';
	await run('tpm2_create', '-C', '0x81000001', '-G', 'ecc:null', '-a', attributes, '-u', 'k.pub', '-r', 'k.priv');
	const theirs = tpm2KeyFileOf(keys, 'theirs');
	await run('tpm2_encodeobject', '-C', '0x81000001', '-u', 'k.pub', '-r', 'k.priv', '-o', theirs);
	await chmod(theirs, 0o600);
	await using again = openTpm(swtpm.tcti);
	// tpm2_encodeobject does not say that the value is empty.
	const key = await openTpm2Key(again, keys, 'theirs', { authValue: new Uint8Array() });
	assert.ok(isSignature(key.publicKey, await key.sign(bytes)));
});
