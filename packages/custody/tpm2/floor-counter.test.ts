import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { TPM_RH } from '@keyward/core/tpm2';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { openTpm, TPM2_NV_ReadPublic, TPM2_NV_Write, tpmFloorCounter } from './index.ts';

const ORIGIN = 0x0180_4b58;

test('a floor in a TPM rises, stays over a restart, and nobody writes where it began', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	{
		await using tpm = openTpm(swtpm.tcti);
		const counter = tpmFloorCounter(tpm);
		assert.equal(await counter.read(), 0);
		await counter.raise(5);
		assert.equal(await counter.read(), 5);
		await counter.raise(3);
		await assert.rejects(counter.raise(1e9), (error) => error instanceof Problem && error.code === 'tpm-failed');
	}
	await using tpm = openTpm(swtpm.tcti);
	const counter = tpmFloorCounter(tpm);
	await counter.raise(7);
	assert.equal(await counter.read(), 7);
	const { nvName } = await TPM2_NV_ReadPublic(tpm, { nvIndex: ORIGIN });
	const written = TPM2_NV_Write(tpm, {
		authHandle: tpm.hierarchy(TPM_RH.OWNER),
		nvIndex: { handle: ORIGIN, name: nvName },
		data: new Uint8Array(8).fill(255),
		offset: 0,
	});
	await assert.rejects(written, (error) => error instanceof Problem && error.code === 'tpm-failed');
});
