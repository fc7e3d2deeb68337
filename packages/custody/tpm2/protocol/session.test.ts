import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { SIGNING_KEY_P256, SRK_ECC_P256, TPM_RH } from '@keyward/core/tpm2';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import {
	createPrimary,
	DECRYPT,
	ENCRYPT,
	openSwtpm,
	openTpm,
	startSaltedSession,
	TPM2_Create,
	TPM2_GetRandom,
	type Transport,
} from '../index.ts';

const secret = new TextEncoder().encode('a value to hide');

test('one session authorizes and encrypts both ways; two share it; and the nonces roll on', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	await using primary = await createPrimary(tpm, TPM_RH.OWNER, SRK_ECC_P256);
	const input = { userAuth: secret, inPublic: SIGNING_KEY_P256 };
	{
		await using all = await startSaltedSession(tpm, primary, DECRYPT | ENCRYPT);
		for (let times = 0; times < 3; times++) {
			const parentHandle = { ...primary, session: all.session };
			const { outPublic } = await TPM2_Create(tpm, { ...input, parentHandle });
			assert.equal(outPublic.type, SIGNING_KEY_P256.type);
		}
	}
	await using authorizing = await startSaltedSession(tpm, primary);
	await using into = await startSaltedSession(tpm, primary, DECRYPT);
	await using outOf = await startSaltedSession(tpm, primary, ENCRYPT);
	const parentHandle = { ...primary, session: authorizing.session };
	for (let times = 0; times < 2; times++) {
		const made = await TPM2_Create(tpm, { ...input, parentHandle }, into.session, outOf.session);
		assert.ok(made.outPrivate.length > 32);
	}
	const { randomBytes } = await TPM2_GetRandom(tpm, { bytesRequested: 20 }, outOf.session);
	assert.equal(randomBytes.length, 20);
});

test('a response that somebody on the bus changed is not believed', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	let armed = false;
	const bent = async (): Promise<Transport> => {
		const real = await openSwtpm({ path: swtpm.tcti.replace('swtpm:path=', '') });
		return {
			close: () => real.close(),
			send: async (command) => {
				const response = await real.send(command);
				// The first random byte: header, parameterSize and the TPM2B's size go before it.
				return armed ? response.with(16, (response[16] ?? 0) ^ 1) : response;
			},
		};
	};
	await using tpm = openTpm(bent);
	await using primary = await createPrimary(tpm, TPM_RH.OWNER, SRK_ECC_P256);
	await using salted = await startSaltedSession(tpm, primary, ENCRYPT);
	await TPM2_GetRandom(tpm, { bytesRequested: 8 }, salted.session);
	armed = true;
	await assert.rejects(TPM2_GetRandom(tpm, { bytesRequested: 8 }, salted.session), (error) => {
		return error instanceof Problem && error.code === 'tpm-failed' && error.detail.includes('not made by the TPM');
	});
	armed = false;
});
