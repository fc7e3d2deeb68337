import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type ErrorCode, Problem } from '@keyward/core';
import { needs } from '@keyward/testing/debian';
import { needsSoftHsm, SOFTHSM_MODULE, type SoftHsm, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { readPinFile } from './pin.ts';
import { type TokenKeyStore, tokenKeyStore, type TokenKeyStoreOptions } from './token-key-store.ts';
import { parsePkcs11Uri } from './uri.ts';

const open = async (
	t: TestContext,
	options: Partial<TokenKeyStoreOptions> = {},
): Promise<{ hsm: SoftHsm; store: TokenKeyStore }> => {
	const hsm = await startSoftHsm();
	const pin = (): Promise<string> => readPinFile(hsm.pinFile);
	const store = tokenKeyStore({ module: SOFTHSM_MODULE, token: { label: hsm.token }, pin, ...options });
	t.after(async () => {
		await store.close();
		await hsm.close();
	});
	return { hsm, store };
};

const refuses = (promise: Promise<unknown>, code: ErrorCode, words = /./): Promise<void> =>
	assert.rejects(promise, (error) => {
		assert.ok(error instanceof Problem, String(error));
		assert.equal(error.code, code, error.detail);
		assert.match(error.detail, words);
		return true;
	});

const bytes = new TextEncoder().encode('to be signed');
const isBy = (publicKey: Uint8Array, signature: Uint8Array): boolean =>
	verify('sha256', bytes, createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' }), signature);

const pkcs11Tool = (hsm: SoftHsm, ...args: string[]) =>
	spawnSync(
		'pkcs11-tool',
		['--module', SOFTHSM_MODULE, '--token-label', hsm.token, '--login', '--pin', hsm.pin, ...args],
		{
			encoding: 'utf8',
			env: { ...process.env, SOFTHSM2_CONF: hsm.configuration },
		},
	);

test('a key is made in the token, signs, is found again, and is destroyed', async (t) => {
	if (!needsSoftHsm(t)) return;
	const { hsm, store } = await open(t);
	assert.equal(await store.has('ca'), false);
	const made = await store.create('ca', 'P-256');
	assert.deepEqual(made.claims, {
		local: true,
		sensitive: true,
		extractable: false,
		alwaysSensitive: true,
		neverExtractable: true,
		signOnly: true,
		agreeOnly: false,
	});
	// Signatures have r and s with leading zeros and first bits set now and then.
	for (let count = 0; count < 300; count++) assert.ok(isBy(made.publicKey, await made.sign(bytes)));
	await refuses(store.create('ca', 'P-256'), 'token-key', /already/);
	await refuses(store.create('other', 'Ed25519'), 'token-failed', /P-256/);

	const again = tokenKeyStore({ module: SOFTHSM_MODULE, token: { label: hsm.token }, pin: async () => hsm.pin });
	const found = await again.open('ca');
	assert.deepEqual(found.publicKey, made.publicKey);
	assert.ok(isBy(made.publicKey, await found.sign(bytes)));
	const { object, id, token } = parsePkcs11Uri(found.uri);
	assert.equal(token, hsm.token);
	assert.ok(object === 'ca' && id !== undefined);
	assert.deepEqual((await again.openKey({ id })).publicKey, made.publicKey);
	assert.deepEqual(
		(await again.list()).map(({ label }) => label),
		['ca'],
	);

	assert.equal(await again.erase('ca'), true);
	assert.equal(await again.erase('ca'), false);
	await again.close();
	assert.equal(await store.has('ca'), false);
	await refuses(store.open('ca'), 'token-key', /no private key "ca"/);
	await refuses(made.sign(bytes), 'token-key');
});

test('an emulator counts as hardware only where it is said, and is shown as one even so', async (t) => {
	if (!needsSoftHsm(t)) return;
	const { hsm, store } = await open(t);
	const plain = await store.create('ca', 'P-256');
	assert.deepEqual([plain.custody, plain.emulated], ['software', true]);
	const trusting = tokenKeyStore({
		module: SOFTHSM_MODULE,
		token: { label: hsm.token },
		pin: async () => hsm.pin,
		emulatedCountsAsHardware: true,
	});
	const counted = await trusting.open('ca');
	assert.deepEqual([counted.custody, counted.emulated], ['pkcs11', true]);
	assert.equal((await trusting.token()).manufacturer, 'SoftHSM project');

	// A key that was made elsewhere and brought in was in memory once: it is software whatever holds it now.
	const imported = join(hsm.folder, 'imported.der');
	spawnSync('openssl', [
		'genpkey',
		'-algorithm',
		'EC',
		'-pkeyopt',
		'ec_paramgen_curve:P-256',
		'-outform',
		'DER',
		'-out',
		imported,
	]);
	if (!needs(t, 'pkcs11-tool')) return;
	assert.equal(
		pkcs11Tool(hsm, '--write-object', imported, '--type', 'privkey', '--label', 'brought', '--id', 'b0').status,
		0,
	);
	const publicHalf = join(hsm.folder, 'public.der');
	spawnSync('openssl', ['pkey', '-in', imported, '-inform', 'DER', '-pubout', '-outform', 'DER', '-out', publicHalf]);
	assert.equal(
		pkcs11Tool(hsm, '--write-object', publicHalf, '--type', 'pubkey', '--label', 'brought', '--id', 'b0').status,
		0,
	);
	const brought = await trusting.open('brought');
	assert.equal(brought.custody, 'software');
	assert.equal(brought.claims.local, false);
	assert.ok(isBy(brought.publicKey, await brought.sign(bytes)));
	// Two keys of one name: which is meant is not guessed.
	assert.equal(
		pkcs11Tool(hsm, '--write-object', imported, '--type', 'privkey', '--label', 'brought', '--id', 'b1').status,
		0,
	);
	await refuses(trusting.open('brought'), 'token-key', /more than one/);
	await trusting.close();
});

test('a program that nobody here wrote sees the key and its attributes', async (t) => {
	if (!needsSoftHsm(t) || !needs(t, 'pkcs11-tool')) return;
	const { hsm, store } = await open(t);
	await store.create('ca', 'P-256');
	const { stdout } = pkcs11Tool(hsm, '--list-objects', '--type', 'privkey');
	assert.match(stdout, /label:\s+ca\n/);
	assert.match(stdout, /Usage:\s+sign\n/);
	assert.match(stdout, /Access:\s+sensitive, always sensitive, never extractable, local\n/);
});

test('a wrong PIN is tried once, and a mended file counts without a restart', async (t) => {
	if (!needsSoftHsm(t)) return;
	const { hsm, store } = await open(t);
	await writeFile(hsm.pinFile, 'wrong-pin\n');
	await refuses(store.has('ca'), 'token-pin', /refuses this PIN.*few more lock it/s);
	let tried = 0;
	let pin = 'wrong-pin';
	const counting = tokenKeyStore({
		get module() {
			tried++;
			return SOFTHSM_MODULE;
		},
		token: { label: hsm.token },
		pin: async () => pin,
	});
	for (let count = 0; count < 3; count++) await refuses(counting.has('ca'), 'token-pin');
	assert.equal(tried, 1);
	pin = 'another-wrong-pin';
	for (let count = 0; count < 3; count++) await refuses(counting.has('ca'), 'token-pin');
	assert.equal(tried, 2);
	await writeFile(hsm.pinFile, `${hsm.pin}\n`);
	assert.equal(await store.has('ca'), false);
	await chmod(hsm.pinFile, 0o640);
	await store.close();
	await refuses(store.has('ca'), 'key-file', /chmod 600/);
	await chmod(hsm.pinFile, 0o600);
	await writeFile(hsm.pinFile, '');
	await refuses(store.has('ca'), 'token-pin', /is empty/);
});

test('a token that is taken away is absent at each request, and used again when it is back', async (t) => {
	if (!needsSoftHsm(t)) return;
	const { hsm, store } = await open(t);
	const signer = await store.create('ca', 'P-256');
	await hsm.remove();
	for (let count = 0; count < 3; count++) await refuses(signer.sign(bytes), 'token-absent', /sees no token "site"/);
	await refuses(store.open('ca'), 'token-absent');
	await refuses(store.list(), 'token-absent');
	await hsm.putBack();
	// Absence is remembered for a second.
	await new Promise((resolve) => setTimeout(resolve, 1100));
	assert.ok(isBy(signer.publicKey, await signer.sign(bytes)));
	assert.deepEqual((await store.open('ca')).publicKey, signer.publicKey);
	assert.deepEqual(await readdir(join(hsm.folder, 'tokens')).then((found) => found.length), 1);
});

test('many requests at once are answered one after another, each its own', async (t) => {
	if (!needsSoftHsm(t)) return;
	const { store } = await open(t);
	const signers = await Promise.all(['a', 'b', 'c'].map((name) => store.create(name, 'P-256')));
	const outcomes = await Promise.all(
		Array.from({ length: 60 }, async (_, index) => {
			const signer = signers[index % 3];
			return signer !== undefined && isBy(signer.publicKey, await signer.sign(bytes));
		}),
	);
	assert.ok(outcomes.every(Boolean));
});

test('what cannot be a module, and a token of another name, are named', async (t) => {
	if (!needsSoftHsm(t)) return;
	const hsm = await startSoftHsm();
	t.after(() => hsm.close());
	hsm.initialise('second');
	hsm.initialise('second');
	const at = (module: string, label: string): TokenKeyStore =>
		tokenKeyStore({ module, token: { label }, pin: async () => hsm.pin });
	const odd = join(hsm.folder, 'odd.so');
	await writeFile(odd, await readFile(hsm.configuration));
	await refuses(at(join(hsm.folder, 'none.so'), 'site').list(), 'token-module', /cannot be loaded/);
	await refuses(at(odd, 'site').list(), 'token-module', /cannot be loaded/);
	await refuses(at('libsofthsm2.so', 'site').list(), 'token-module', /whole path/);
	await refuses(at(SOFTHSM_MODULE, 'sites').list(), 'token-absent', /it sees "s/);
	await refuses(at(SOFTHSM_MODULE, 'second').list(), 'token-failed', /sees 2 tokens.*serial/);
});

test('a module that brings its process down, and one that never answers, cost one request each', async (t) => {
	if (!needsSoftHsm(t) || !needs(t, 'cc')) return;
	const { hsm } = await open(t);
	const build = (name: string, body: string): string => {
		const source = join(hsm.folder, `${name}.c`);
		const made = join(hsm.folder, `${name}.so`);
		spawnSync('sh', ['-c', `printf '%s' "$1" > "$2" && cc -shared -fPIC -o "$3" "$2"`, 'sh', body, source, made]);
		return made;
	};
	const crash = build('crash', '#include <stdlib.h>\nunsigned long C_GetFunctionList(void **list) { abort(); }');
	const hang = build('hang', '#include <unistd.h>\nunsigned long C_GetFunctionList(void **list) { for (;;) pause(); }');
	const pin = async (): Promise<string> => hsm.pin;
	const crashing = tokenKeyStore({ module: crash, token: {}, pin });
	for (let count = 0; count < 2; count++)
		await refuses(crashing.list(), 'token-failed', /its process ended \(SIGABRT\)/);
	const hanging = tokenKeyStore({ module: hang, token: {}, pin, patience: 500 });
	await refuses(hanging.list(), 'token-failed', /did not answer within 0.5 s/);
});
