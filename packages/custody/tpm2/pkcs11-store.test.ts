import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, hash, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs } from '@keyward/testing/debian';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { writePkcs11Store } from './pkcs11-store.ts';
import { provisionStorageKey } from './storage-key.ts';
import { openTpm } from './tpm.ts';
import { createTpm2Key } from './tpm2-key.ts';

test('OpenSC signs with a key of ours by way of tpm2-pkcs11, with and without a PIN', async (t) => {
	if (!needsSwtpm(t) || !needs(t, 'pkcs11-tool')) return;
	if (!needs(t, 'pkcs11/libtpm2_pkcs11.so')) return;
	const tpm = await startSwtpm(t);
	const keys = join(tpm.folder, 'keys');
	const file = (name: string): string => join(tpm.folder, name);
	const signed = new TextEncoder().encode('to be signed');
	writeFileSync(file('digest'), hash('sha256', signed, 'buffer'));
	const modules = execFileSync('find', ['/usr/lib', '-path', '*/pkcs11/libtpm2_pkcs11.so'], { encoding: 'utf8' });

	for (const [name, pin] of [
		['with', 'a PIN of 31 bytes, which is all.'.slice(0, 31)],
		['without', ''],
	] as const) {
		const store = file(`${name}.store`);
		const ours = openTpm(tpm.tcti);
		await provisionStorageKey(ours);
		const { publicKey } = await createTpm2Key(ours, keys, name, { authValue: new TextEncoder().encode(pin) });
		await writePkcs11Store(ours, keys, name, store, pin);
		await ours.close();
		assert.equal((await stat(store)).mode & 0o777, 0o700);
		const words = ['--module', modules.trim().split('\n')[0] ?? '', '--sign', '--mechanism', 'ECDSA', '--label', name];
		const login = pin === '' ? [] : ['--login', '--pin', 'env:PIN'];
		execFileSync('pkcs11-tool', [...words, ...login, '-i', file('digest'), '-o', file('signature')], {
			env: { ...process.env, PIN: pin, TPM2_PKCS11_STORE: store, TPM2_PKCS11_TCTI: tpm.toolsTcti },
			stdio: 'pipe',
			timeout: 20_000,
		});
		const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
		const signature = readFileSync(file('signature'));
		assert.ok(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature), name);
	}
});

test('a key whose parent is not persistent is refused', async (t) => {
	if (!needsSwtpm(t)) return;
	const { folder, tcti } = await startSwtpm(t);
	await using tpm = openTpm(tcti);
	const keys = join(folder, 'keys');
	await createTpm2Key(tpm, keys, 'a');
	await assert.rejects(writePkcs11Store(tpm, keys, 'a', join(folder, 'store')), {
		code: 'key-file',
		detail: /under no persistent storage key/,
	});
});
