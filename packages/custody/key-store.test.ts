import assert from 'node:assert/strict';
import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import { derBits, derOid, derSequence, p256PublicKey } from '@keyward/core/format';
import type { AgreementKey, KeyStore } from '@keyward/core/port';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { ephemeralKeyStore } from './ephemeral-key.ts';
import { fileKeyStore } from './file-key-store.ts';
import { tokenKeyStore } from './pkcs11/token-key-store.ts';
import { openTpm, tpm2KeyStore } from './tpm2/index.ts';

/** Stores to be tried, each opened for one test; null where the machine lacks what it needs. */
const stores: Readonly<Record<string, (t: TestContext) => Promise<KeyStore | null>>> = {
	'a folder of files': async () => {
		const folder = temporaryFolder('keyward-store-');
		return fileKeyStore(join(folder, 'keys'));
	},
	'a process’s memory': async () => ephemeralKeyStore(),
	'a PKCS#11 token': async (t) => {
		if (!needsSoftHsm(t)) return null;
		const hsm = await startSoftHsm();
		const store = tokenKeyStore({ module: SOFTHSM_MODULE, token: { label: hsm.token }, pin: async () => hsm.pin });
		t.after(async () => {
			await store.close();
			await hsm.close();
		});
		return store;
	},
	'a TPM 2.0': async (t) => {
		if (!needsSwtpm(t)) return null;
		const swtpm = await startSwtpm(t);
		const store = tpm2KeyStore(openTpm(swtpm.tcti), join(swtpm.folder, 'keys'));
		t.after(() => store.close());
		return store;
	},
	'a TPM 2.0 whose keys want a PIN': async (t) => {
		if (!needsSwtpm(t)) return null;
		const swtpm = await startSwtpm(t);
		const authValue = new TextEncoder().encode('3141-5926');
		const store = tpm2KeyStore(openTpm(swtpm.tcti), join(swtpm.folder, 'keys'), { authValue });
		t.after(() => store.close());
		return store;
	},
};

const bytes = new TextEncoder().encode('to be signed');
const spki = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));
const publicKeyOf = ({ publicKey }: { readonly publicKey: Uint8Array }): KeyObject =>
	createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
const isAgreementProblem = (error: unknown): boolean => error instanceof Problem && error.code === 'key-agreement';

/** What the other side of an exchange computes, by OpenSSL. */
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const expectedOf = (key: AgreementKey): Uint8Array =>
	new Uint8Array(diffieHellman({ privateKey: other.privateKey, publicKey: publicKeyOf(key) }));

/** What the port promises, asked of any store. */
const promises: Readonly<Record<string, (store: KeyStore) => Promise<void>>> = {
	'a name stands for one key, which signs until it is erased': async (store) => {
		assert.equal(await store.has('a'), false);
		await assert.rejects(store.open('a'), Problem);
		await assert.rejects(store.openAgreement('a'), Problem);
		assert.equal(await store.erase('a'), false);
		const [made, second] = [await store.create('a', 'P-256'), await store.create('a_2', 'P-256')];
		assert.notDeepEqual(made.publicKey, second.publicKey);
		await assert.rejects(store.create('a', 'P-256'), Problem);
		assert.deepEqual([await store.has('a'), await store.has('A'), await store.has('a_')], [true, false, false]);
		await store.close();
		const opened = await store.open('a');
		assert.deepEqual(opened.publicKey, made.publicKey);
		assert.ok(verify('sha256', bytes, publicKeyOf(made), await opened.sign(bytes)));
		assert.equal(await store.erase('a'), true);
		assert.equal(await store.has('a'), false);
		assert.equal(await store.has('a_2'), true);
		for (const gone of [made, opened]) await assert.rejects(gone.sign(bytes), Problem);
		const next = await store.create('a', 'P-256');
		assert.notDeepEqual(next.publicKey, made.publicKey);
		assert.ok(verify('sha256', bytes, publicKeyOf(next), await next.sign(bytes)));
	},
	'a key on P-384 signs, also after it was opened again; a kind that the store does not make is refused': async (
		store,
	) => {
		const made = await store.create('strong', 'P-384');
		assert.equal(publicKeyOf(made).asymmetricKeyDetails?.namedCurve, 'secp384r1');
		await store.close();
		const opened = await store.open('strong');
		assert.deepEqual(opened.publicKey, made.publicKey);
		assert.ok(verify('sha256', bytes, publicKeyOf(made), await opened.sign(bytes)));
		await assert.rejects(store.openAgreement('strong'), Problem);
		try {
			const edwards = await store.create('edwards', 'Ed25519');
			assert.ok(verify(null, bytes, publicKeyOf(edwards), await edwards.sign(bytes)));
		} catch (error) {
			assert.ok(error instanceof Problem);
			assert.match(error.detail, /P-256 or P-384: choose one of them/);
			assert.equal(await store.has('edwards'), false);
		}
	},
	'a key that agrees makes the secret that the other side makes, until it is erased': async (store) => {
		const made = await store.createAgreement('unwrap');
		assert.equal(await store.has('unwrap'), true);
		assert.deepEqual(await made.agree(spki(other.publicKey)), expectedOf(made));
		await store.close();
		const opened = await store.openAgreement('unwrap');
		assert.deepEqual(opened.publicKey, made.publicKey);
		assert.deepEqual(await opened.agree(spki(other.publicKey)), expectedOf(made));
		// Two keys of the store, and either order.
		const second = await store.createAgreement('unwrap_2');
		const secrets = [await opened.agree(second.publicKey), await second.agree(opened.publicKey)];
		assert.deepEqual(secrets[0], secrets[1]);
		assert.equal(await store.erase('unwrap'), true);
		for (const gone of [made, opened]) await assert.rejects(gone.agree(spki(other.publicKey)), Problem);
		await assert.rejects(store.openAgreement('unwrap'), Problem);
	},
	'a key that signs never agrees, nor the reverse, and one name is one key of either use': async (store) => {
		await store.create('signs', 'P-256');
		await store.createAgreement('agrees');
		for (const name of ['signs', 'agrees']) {
			await assert.rejects(store.create(name, 'P-256'), Problem);
			await assert.rejects(store.createAgreement(name), Problem);
		}
		await store.close();
		await assert.rejects(store.openAgreement('signs'), Problem);
		await assert.rejects(store.open('agrees'), Problem);
		await (await store.open('signs')).sign(bytes);
		await (await store.openAgreement('agrees')).agree(spki(other.publicKey));
	},
	'no secret is made with what is no point of P-256': async (store) => {
		const key = await store.createAgreement('unwrap');
		const good = spki(other.publicKey);
		const point = good.subarray(-65);
		const off = Uint8Array.from(point);
		off[64] = (off[64] ?? 0) ^ 1;
		const infinity = derSequence(
			derSequence(derOid('1.2.840.10045.2.1'), derOid('1.2.840.10045.3.1.7')),
			derBits(Uint8Array.of(0)),
		);
		const beyond = Uint8Array.from([4, ...new Uint8Array(32).fill(0xff), ...point.subarray(33)]);
		for (const [what, wrong] of Object.entries({
			'a point off the curve': p256PublicKey(off),
			'the zero point': p256PublicKey(Uint8Array.from([4, ...new Uint8Array(64)])),
			'a coordinate beyond the field': p256PublicKey(beyond),
			'the point at infinity': infinity,
			'another curve': spki(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
			'a curve of the same size': spki(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
			X25519: spki(generateKeyPairSync('x25519').publicKey),
			'a key that is cut short': good.subarray(0, -1),
			nothing: new Uint8Array(),
		})) {
			await assert.rejects(key.agree(wrong), isAgreementProblem, what);
		}
		assert.deepEqual(await key.agree(good), expectedOf(key), 'a good key still serves after those');
	},
	'the other side’s point may be written compressed': async (store) => {
		const key = await store.createAgreement('unwrap');
		const ecdh = createECDH('prime256v1');
		ecdh.generateKeys();
		const algorithm = derSequence(derOid('1.2.840.10045.2.1'), derOid('1.2.840.10045.3.1.7'));
		const compressed = derSequence(algorithm, derBits(new Uint8Array(ecdh.getPublicKey(null, 'compressed'))));
		const expected = new Uint8Array(ecdh.computeSecret(key.publicKey.subarray(-65)));
		assert.deepEqual(await key.agree(compressed), expected);
	},
};

for (const [what, open] of Object.entries(stores)) {
	for (const [promise, keep] of Object.entries(promises)) {
		test(`${what}: ${promise}`, async (t) => {
			const store = await open(t);
			if (store !== null) await keep(store);
		});
	}
}
