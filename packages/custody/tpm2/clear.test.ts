import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { TPMS_ATTEST, type TPMS_CLOCK_INFO } from '@keyward/core/tpm2';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { clearTpm, requireClearable } from './clear.ts';
import { createAttestationKey, createTpm2Key, openTpm, openTpm2Key, quotePcrs, type Tpm } from './index.ts';

test('clearing ends the keys and sets the clock back, safe; a power cut is told from it; what stands in its way is named before', async (t) => {
	if (!needsSwtpm(t, 'tpm2-tools')) return;
	const device = await startSwtpm(t);
	const folder = join(device.folder, 'keys');
	await mkdir(folder, { mode: 0o700 });
	const day = 86_400_000;
	let speakers = 0;
	const clockOf = async (tpm: Tpm): Promise<TPMS_CLOCK_INFO> => {
		const speaker = await createAttestationKey(tpm, folder, `speaker_${speakers++}`, 'ecc-p256');
		return TPMS_ATTEST.unmarshal((await quotePcrs(tpm, speaker, new Uint8Array(32))).attest).clockInfo;
	};
	let before: TPMS_CLOCK_INFO;
	{
		await using tpm = openTpm(device.tcti);
		await createTpm2Key(tpm, folder, 'device');
		before = await clockOf(tpm);
	}
	await device.kill();
	await device.start();
	{
		await using tpm = openTpm(device.tcti);
		const cut = await clockOf(tpm);
		assert.ok(cut.clock >= before.clock || cut.safe === 0, JSON.stringify({ ...cut, clock: String(cut.clock) }));
		assert.ok(cut.resetCount > before.resetCount);
		before = cut;
	}
	await device.run('tpm2_changeauth', '-c', 'lockout', 'password');
	{
		await using tpm = openTpm(device.tcti);
		await assert.rejects(requireClearable(tpm), { code: 'tpm-failed', detail: /tpm2_changeauth -c lockout/ });
		await assert.rejects(clearTpm(tpm), { code: 'tpm-failed' });
	}
	await device.run('tpm2_changeauth', '-c', 'lockout', '-p', 'password');
	await device.run('tpm2_clearcontrol', '-C', 'l', 's');
	{
		await using tpm = openTpm(device.tcti);
		await assert.rejects(requireClearable(tpm), { code: 'tpm-failed', detail: /tpm2_clearcontrol/ });
	}
	await device.run('tpm2_clearcontrol', '-C', 'p', 'c');
	// So far ahead that how long this test takes does not matter.
	await device.run('tpm2_setclock', String(day));
	await using tpm = openTpm(device.tcti);
	const key = await openTpm2Key(tpm, folder, 'device');
	await key.sign(new Uint8Array(1));
	await clearTpm(tpm);
	await assert.rejects(key.sign(new Uint8Array(1)), { code: 'tpm-failed' });
	const after = await clockOf(tpm);
	assert.equal(after.safe, 1);
	assert.ok(after.clock < day && after.resetCount < before.resetCount);
});
