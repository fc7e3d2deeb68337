import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { floorCounterPublic, floorOriginPublic, floorQualifyingData } from '@keyward/core/attest';
import { nvPublic, TPM_RH, TPM_ST, TPMA_NV, TPMS_ATTEST } from '@keyward/core/tpm2';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import {
	certifyFloor,
	createAttestationKey,
	openTpm,
	type Tpm,
	TPM2_NV_DefineSpace,
	TPM2_NV_ReadPublic,
	TPM2_NV_UndefineSpace,
	TPM2_NV_Write,
	tpmFloorCounter,
} from './index.ts';

const COUNTER = floorCounterPublic.nvIndex;
const ORIGIN = floorOriginPublic.nvIndex;
const isFailed = (error: unknown): boolean => error instanceof Problem && error.code === 'tpm-failed';

const indexOf = async (tpm: Tpm, handle: number) => ({
	handle,
	name: (await TPM2_NV_ReadPublic(tpm, { nvIndex: handle })).nvName,
});

const remove = async (tpm: Tpm, ...handles: readonly number[]): Promise<void> => {
	const authHandle = tpm.hierarchy(TPM_RH.OWNER);
	for (const handle of handles) await TPM2_NV_UndefineSpace(tpm, { authHandle, nvIndex: await indexOf(tpm, handle) });
};

const contentsOf = (attest: Uint8Array): bigint => {
	const { attested } = TPMS_ATTEST.unmarshal(attest);
	assert.ok(attested.type === TPM_ST.ATTEST_NV);
	return new DataView(attested.nvContents.buffer).getBigUint64(0);
};

test('a floor in a TPM rises, stays over a restart, and nobody writes where it began; removed and made again it begins elsewhere', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	{
		await using tpm = openTpm(swtpm.tcti);
		const counter = tpmFloorCounter(tpm);
		assert.equal(await counter.read(), 0);
		await counter.raise(5);
		assert.equal(await counter.read(), 5);
		await counter.raise(3);
		await assert.rejects(counter.raise(1e9), isFailed);
	}
	await using tpm = openTpm(swtpm.tcti);
	const authHandle = tpm.hierarchy(TPM_RH.OWNER);
	const counter = tpmFloorCounter(tpm);
	await counter.raise(7);
	assert.equal(await counter.read(), 7);
	const write = async (handle: number) =>
		TPM2_NV_Write(tpm, {
			...{ authHandle, nvIndex: await indexOf(tpm, handle), data: new Uint8Array(8).fill(255), offset: 0 },
		});
	await assert.rejects(write(ORIGIN), isFailed);
	await assert.rejects(write(COUNTER), isFailed);

	const key = await createAttestationKey(tpm, `${swtpm.folder}/keys`, 'attestation', 'ecc-p256');
	const data = floorQualifyingData(new Uint8Array(32), new Uint8Array(32), 'hall/probe-1');
	const before = await certifyFloor(tpm, key, data);
	assert.equal(contentsOf(before.attest) - contentsOf(before.originAttest), 7n);

	// An ordinary index in the counter's place, with a low number in it.
	await remove(tpm, COUNTER);
	await assert.rejects(counter.read(), isFailed, 'an origin alone is no floor of 0');
	const { OWNERWRITE, OWNERREAD, AUTHREAD, NO_DA } = TPMA_NV;
	const publicInfo = nvPublic(COUNTER, OWNERWRITE | OWNERREAD | AUTHREAD | NO_DA, 8);
	await TPM2_NV_DefineSpace(tpm, { authHandle, publicInfo });
	await write(COUNTER);
	await assert.rejects(counter.read(), isFailed);
	await remove(tpm, COUNTER, ORIGIN);

	// Part 1 §37.2.4: it begins behind every counter that was.
	const after = await certifyFloor(tpm, key, data);
	assert.equal(contentsOf(after.attest), contentsOf(after.originAttest));
	assert.ok(contentsOf(after.originAttest) > contentsOf(before.attest));
});

test('a power cut between the steps by which a floor is made leaves one that goes on', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	const counter = tpmFloorCounter(tpm);
	await counter.raise(2);
	// As after the write of where it began, and before its lock.
	const [authHandle, data] = [tpm.hierarchy(TPM_RH.OWNER), new Uint8Array(8)];
	await remove(tpm, ORIGIN);
	await TPM2_NV_DefineSpace(tpm, { authHandle, publicInfo: floorOriginPublic });
	new DataView(data.buffer).setBigUint64(0, 1n);
	await TPM2_NV_Write(tpm, { authHandle, nvIndex: await indexOf(tpm, ORIGIN), data, offset: 0 });
	await counter.prepare();
	const again = TPM2_NV_Write(tpm, { authHandle, nvIndex: await indexOf(tpm, ORIGIN), data, offset: 0 });
	await assert.rejects(again, isFailed);
});
