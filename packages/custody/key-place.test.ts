import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Problem } from '@keyward/core';
import type { KeyPlace } from '@keyward/core/port';
import { fileRoom } from './file-room.ts';
import { tokenRoom } from './pkcs11/token-room.ts';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';

const bytes = new TextEncoder().encode('to be signed');

/** What the port promises, asked of any place. */
const keepsItsPromises = async (place: KeyPlace): Promise<void> => {
	assert.equal(await place.has('a'), false);
	await assert.rejects(place.open('a'), Problem);
	assert.equal(await place.erase('a'), false);
	const [made, other] = [await place.create('a', 'P-256'), await place.create('a_2', 'P-256')];
	assert.notDeepEqual(made.publicKey, other.publicKey);
	await assert.rejects(place.create('a', 'P-256'), Problem);
	assert.deepEqual([await place.has('a'), await place.has('A'), await place.has('a_')], [true, false, false]);
	await place.close();
	const opened = await place.open('a');
	assert.deepEqual(opened.publicKey, made.publicKey);
	const key = createPublicKey({ key: Buffer.from(made.publicKey), format: 'der', type: 'spki' });
	assert.ok(verify('sha256', bytes, key, await opened.sign(bytes)));
	assert.equal(await place.erase('a'), true);
	assert.equal(await place.has('a'), false);
	assert.equal(await place.has('a_2'), true);
	const anew = await place.create('a', 'P-256');
	assert.notDeepEqual(anew.publicKey, made.publicKey);
};

test('a folder of files keeps the promises of a key place', async (t: TestContext) => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-place-'));
	t.after(() => rm(folder, { recursive: true, force: true }));
	await keepsItsPromises(fileRoom(join(folder, 'keys')));
});

test('a PKCS#11 token keeps the promises of a key place', async (t: TestContext) => {
	if (!needsSoftHsm(t)) return;
	const hsm = await startSoftHsm();
	const room = tokenRoom({ module: SOFTHSM_MODULE, token: { label: hsm.token }, pin: async () => hsm.pin });
	t.after(async () => {
		await room.close();
		await hsm.close();
	});
	await keepsItsPromises(room);
});
