import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { ECDSA_SHA256, TPM_RH } from '@keyward/core/tpm2';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { ephemeralKeyStore } from '../ephemeral-key.ts';
import {
	createTpm2AgreementKey,
	createTpm2Key,
	openSwtpm,
	openTpm,
	release,
	TPM2_ECDH_ZGen,
	TPM2_Sign,
	TpmError,
	type Transport,
} from './index.ts';
import { readTpm2Key } from './key-file.ts';
import { loadUnder } from './load.ts';
import { openStorageKey } from './storage-key.ts';

test('a listener on the bus does not learn the secret, with a PIN or without', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const heard: Buffer[] = [];
	const overheard = async (): Promise<Transport> => {
		const real = await openSwtpm({ path: swtpm.tcti.replace('swtpm:path=', '') });
		return {
			close: () => real.close(),
			send: async (command) => {
				const response = await real.send(command);
				heard.push(Buffer.from(command), Buffer.from(response));
				return response;
			},
		};
	};
	await using tpm = openTpm(overheard);
	const folder = join(swtpm.folder, 'keys');
	const other = await ephemeralKeyStore().createAgreement('other');
	const pin = new TextEncoder().encode('3141-5926');
	for (const [name, options] of [
		['open', {}],
		['guarded', { authValue: pin }],
	] as const) {
		const key = await createTpm2AgreementKey(tpm, folder, name, options);
		const secret = await key.agree(other.publicKey);
		assert.deepEqual(secret, await other.agree(key.publicKey));
		assert.ok(!heard.some((packet) => packet.includes(Buffer.from(secret))), `the secret of ${name} went over the bus`);
		assert.ok(!heard.some((packet) => packet.includes(Buffer.from(pin))), 'the PIN went over the bus');
		// The point that was asked with is no secret, so that the test would see it.
		assert.ok(heard.some((packet) => packet.includes(Buffer.from(other.publicKey.subarray(-32)))));
	}
});

test('the TPM itself refuses to sign with a key that agrees, and to agree with one that signs', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	const folder = join(swtpm.folder, 'keys');
	await createTpm2Key(tpm, folder, 'signs');
	await createTpm2AgreementKey(tpm, folder, 'agrees');
	const { publicKey } = await ephemeralKeyStore().createAgreement('other');
	const inPoint = { x: publicKey.subarray(-64, -32), y: publicKey.subarray(-32) };
	const digest = new Uint8Array(hash('sha256', 'to be signed', 'buffer'));
	const used = async (name: string): Promise<string[]> => {
		await using parent = await openStorageKey(tpm, TPM_RH.OWNER, false);
		const keyHandle = await loadUnder(tpm, parent, await readTpm2Key(folder, name));
		const tried = await Promise.allSettled([
			TPM2_Sign(tpm, { keyHandle, digest, inScheme: ECDSA_SHA256 }),
			TPM2_ECDH_ZGen(tpm, { keyHandle, inPoint }),
		]);
		await release(tpm, keyHandle.handle, tpm.generation);
		return tried.map((one) => {
			assert.ok(one.status === 'fulfilled' || one.reason instanceof TpmError);
			return one.status;
		});
	};
	assert.deepEqual(await used('signs'), ['fulfilled', 'rejected']);
	assert.deepEqual(await used('agrees'), ['rejected', 'fulfilled']);
});
