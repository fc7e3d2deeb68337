import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
	decodeTpmKeyFile,
	objectAttributes,
	SIGNING_KEY_P256_WITH_PIN,
	SRK_ECC_P256,
	TPM_RH,
} from '@keyward/core/tpm2';
import { readFile } from 'node:fs/promises';
import { needsSwtpm, startSwtpm, type TestTpm } from '@keyward/testing/custody/swtpm';
import {
	createPrimary,
	createTpm2Key,
	openSwtpm,
	openTpm,
	openTpm2Key,
	provisionStorageKey,
	SRK_HANDLE,
	TPM2_Create,
	TPM2_EvictControl,
	TPM2_GetCapability,
	tpm2KeyFileOf,
} from './index.ts';
import { writeTpm2Key } from './key-file.ts';

const bytes = new TextEncoder().encode('a reading');
const authValue = new TextEncoder().encode('a PIN');

const counted = async (tcti: string): Promise<number | undefined> => {
	await using tpm = openTpm(tcti);
	const input = { capability: 'properties', property: 0x20e, propertyCount: 1 } as const;
	return (await TPM2_GetCapability(tpm, input)).properties.get(0x20e);
};

const cutPower = async (swtpm: TestTpm): Promise<void> => {
	await swtpm.kill();
	await swtpm.start();
};

/** A key without a PIN as it was made before such keys had noDA. */
const makeOldKey = async (t: TestContext): Promise<{ swtpm: TestTpm; keys: string }> => {
	const swtpm = await startSwtpm(t);
	const keys = join(swtpm.folder, 'keys');
	await using tpm = openTpm(swtpm.tcti);
	await createTpm2Key(tpm, keys, 'new');
	await using parentHandle = await createPrimary(tpm, TPM_RH.OWNER, SRK_ECC_P256);
	const made = await TPM2_Create(tpm, { parentHandle, inPublic: SIGNING_KEY_P256_WITH_PIN });
	await writeTpm2Key(keys, 'old', {
		...decodeTpmKeyFile(await readFile(tpm2KeyFileOf(keys, 'new'), 'utf8')),
		publicArea: made.outPublic,
		privateArea: made.outPrivate,
	});
	return { swtpm, keys };
};

test('a TPM that is let go in order counts no power cut after it, with a PIN or an older key', async (t) => {
	if (!needsSwtpm(t)) return;
	const { swtpm, keys } = await makeOldKey(t);
	for (let times = 0; times < 5; times++) {
		{
			await using tpm = openTpm(swtpm.tcti);
			const pinned = times === 0 ? await createTpm2Key(tpm, keys, 'pin', { authValue }) : null;
			await (pinned ?? (await openTpm2Key(tpm, keys, 'pin', { authValue }))).sign(bytes);
			await (await openTpm2Key(tpm, keys, 'old')).sign(bytes);
		}
		await cutPower(swtpm);
	}
	assert.equal(await counted(swtpm.tcti), 0);
});

test('an older key that power cuts lock says why and what helps, and works again after that', async (t) => {
	if (!needsSwtpm(t, 'tpm2-tools')) return;
	const { swtpm, keys } = await makeOldKey(t);
	for (let times = 0; times < 3; times++) {
		const tpm = openTpm(swtpm.tcti);
		await (await openTpm2Key(tpm, keys, 'old')).sign(bytes);
		await cutPower(swtpm);
	}
	{
		await using tpm = openTpm(swtpm.tcti);
		const locked = await openTpm2Key(tpm, keys, 'old');
		const detail = /LOCKOUT: .*power cuts.* 3 of 3\. .* every \d+ seconds.*--clear-lockout\. .*device rekey/;
		await assert.rejects(locked.sign(bytes), { code: 'tpm-failed', detail });
		await (await openTpm2Key(tpm, keys, 'new')).sign(bytes);
	}
	await swtpm.run('tpm2_dictionarylockout', '--clear-lockout');
	await using tpm = openTpm(swtpm.tcti);
	await (await openTpm2Key(tpm, keys, 'old')).sign(bytes);
});

test('what is used without a resource manager is shut down only when power cuts would count', async (t) => {
	if (!needsSwtpm(t)) return;
	const { swtpm, keys } = await makeOldKey(t);
	const sent: number[] = [];
	const listened = async () => {
		const real = await openSwtpm({ path: swtpm.tcti.replace('swtpm:path=', '') });
		return {
			close: () => real.close(),
			send: async (command: Uint8Array) => {
				sent.push(Buffer.from(command).readUInt32BE(6));
				return real.send(command);
			},
		};
	};
	for (const [name, resourceManager, shutdowns] of [
		['new', false, 0],
		['old', false, 1],
		['old', true, 0],
	] as const) {
		sent.length = 0;
		await using tpm = openTpm(listened, { resourceManager });
		await (await openTpm2Key(tpm, keys, name)).sign(bytes);
		await tpm.close();
		assert.equal(sent.filter((code) => code === 0x145).length, shutdowns, `${name} ${resourceManager}`);
	}
});

test('a storage key of others that power cuts would lock is left alone, and ours put beside it', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const keys = join(swtpm.folder, 'keys');
	{
		await using tpm = openTpm(swtpm.tcti);
		// As tpm2_createprimary makes it by default.
		await using primary = await createPrimary(tpm, TPM_RH.OWNER, {
			...SRK_ECC_P256,
			objectAttributes: objectAttributes(
				'fixedTPM',
				'fixedParent',
				'sensitiveDataOrigin',
				'userWithAuth',
				'restricted',
				'decrypt',
			),
		});
		const auth = tpm.hierarchy(TPM_RH.OWNER);
		await TPM2_EvictControl(tpm, { auth, objectHandle: primary, persistentHandle: SRK_HANDLE });
		assert.equal(await provisionStorageKey(tpm), SRK_HANDLE + 1);
		assert.equal(await provisionStorageKey(tpm), SRK_HANDLE + 1);
		await createTpm2Key(tpm, keys, 'a');
	}
	for (let times = 0; times < 4; times++) {
		const tpm = openTpm(swtpm.tcti);
		await (await openTpm2Key(tpm, keys, 'a')).sign(bytes);
		await cutPower(swtpm);
	}
	assert.equal(await counted(swtpm.tcti), 0);
});
