import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { readCertificate } from '@keyward/core/format';
import { EK_RSA_2048, TPM_RH, toSubjectPublicKeyInfo, withPublicKey } from '@keyward/core/tpm2';
import { makeTpmMaker, needsSwtpm, startSwtpm } from '../testing/swtpm.ts';
import {
	describeTpm,
	openTpm,
	readEndorsement,
	TPM2_NV_DefineSpace,
	TPM2_NV_ReadPublic,
	TPM2_NV_Write,
} from './index.ts';

test('a manufactured TPM gives its endorsement key with the certificate of its maker', async (t) => {
	if (!needsSwtpm(t)) return;
	const maker = await makeTpmMaker(t);
	const swtpm = await startSwtpm(t, { maker });
	const tpm = openTpm(swtpm.tcti);
	const { kind, publicArea, certificate } = await readEndorsement(tpm);
	assert.equal(kind, 'rsa-2048');
	assert.ok(certificate !== null);
	const { publicKey } = readCertificate(certificate);
	assert.deepEqual(publicKey, toSubjectPublicKeyInfo(publicArea));
	assert.deepEqual(withPublicKey(EK_RSA_2048, publicKey), publicArea);
	const [issuer, root] = await Promise.all(
		[maker.issuerFile, maker.rootFile].map(async (file) => new X509Certificate(await readFile(file))),
	);
	assert.ok(issuer !== undefined && root !== undefined);
	assert.ok(new X509Certificate(certificate).verify(issuer.publicKey) && issuer.verify(root.publicKey));
	assert.equal((await readEndorsement(tpm, 'ecc-p256')).certificate, null);
	const { manufacturer, emulator } = await describeTpm(tpm);
	assert.deepEqual([manufacturer, emulator], ['IBM', true]);
	await tpm.close();
});

test('a certificate of another key, or what is none, is named as such', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	const nvIndex = 0x01c0_000a;
	const platform = tpm.hierarchy(TPM_RH.PLATFORM);
	// PPWRITE, AUTHREAD, NO_DA, PLATFORMCREATE, as makers define it.
	const attributes = 0x4204_0001;
	const data = Uint8Array.of(0x30, 0x82, 0x02, 0x58, ...new Uint8Array(600).fill(5), 0, 0);
	await TPM2_NV_DefineSpace(tpm, { authHandle: platform, nvIndex, attributes, dataSize: data.length });
	const empty = await readEndorsement(tpm);
	assert.deepEqual([empty.kind, empty.certificate], ['ecc-p256', null], 'an index that was never written');
	const write = async (data: Uint8Array): Promise<void> => {
		const { nvName } = await TPM2_NV_ReadPublic(tpm, { nvIndex });
		await TPM2_NV_Write(tpm, { authHandle: platform, nvIndex: { handle: nvIndex, name: nvName }, data, offset: 0 });
	};
	await write(data);
	await assert.rejects(readEndorsement(tpm), (error) => error instanceof Problem && error.code === 'tpm-failed');
	await write(Uint8Array.of(0x31));
	await assert.rejects(readEndorsement(tpm), (error) => error instanceof Problem && error.code === 'tpm-malformed');
	await write(Uint8Array.of(0x30, 0x82, 0x07, 0xff));
	await assert.rejects(readEndorsement(tpm), (error) => error instanceof Problem && error.code === 'tpm-malformed');
});
