import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import { ephemeralKeyStore } from '@keyward/custody';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import type { Hardware } from './hardware.ts';
import { openKeyStore } from './open-key-store.ts';

/** Null where the machine lacks what it needs. */
const parts: Readonly<Record<string, (t: TestContext) => Promise<Hardware | undefined | null>>> = {
	files: async () => undefined,
	'a PKCS#11 token': async (t) => {
		if (!needsSoftHsm(t)) return null;
		const hsm = await startSoftHsm();
		t.after(() => hsm.close());
		return { custody: 'pkcs11', module: SOFTHSM_MODULE, token: hsm.token, pinFile: hsm.pinFile };
	},
	'a TPM 2.0': async (t) => (needsSwtpm(t) ? { custody: 'tpm2', tcti: (await startSwtpm(t)).tcti } : null),
};

for (const [what, part] of Object.entries(parts)) {
	test(`a device's keys in ${what}: one signs, another agrees, neither does both, and handles outlive a use`, async (t) => {
		const hardware = await part(t);
		if (hardware === null) return;
		const folder = temporaryFolder('keyward-device-keys-');
		const store = await openKeyStore(folder, hardware, {});
		const other = await ephemeralKeyStore().createAgreement('other');
		assert.deepEqual([await store.has('signs'), await store.has('agrees')], [false, false]);
		const signer = await store.create('signs', 'P-256');
		const made = await store.createAgreement('agrees');
		for (const key of [made, await store.openAgreement('agrees'), made]) {
			assert.deepEqual(await key.agree(other.publicKey), await other.agree(made.publicKey));
			await signer.sign(other.publicKey);
		}
		await assert.rejects(store.open('agrees'), Problem);
		await assert.rejects(store.openAgreement('signs'), Problem);
		await assert.rejects(store.createAgreement('signs'), Problem);
		assert.equal(await store.erase('agrees'), true);
		assert.deepEqual([await store.has('signs'), await store.has('agrees')], [true, false]);
		await assert.rejects(made.agree(other.publicKey), Problem);
		await using held = await store.openOrMake('signs');
		assert.deepEqual(held.signer.publicKey, signer.publicKey);
	});
}
