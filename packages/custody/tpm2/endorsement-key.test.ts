import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { assembleCertificate, encodeName, freezeCertificate, readCertificate } from '@keyward/core/format';
import { EK_RSA_2048, nvPublic, TPM_RH, toSubjectPublicKeyInfo, withPublicKey } from '@keyward/core/tpm2';
import { makeEphemeralKey } from '../ephemeral-key.ts';
import { makeTpmManufacturer, needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import {
	describeTpm,
	openTpm,
	readEndorsement,
	type Tpm,
	TPM2_NV_DefineSpace,
	TPM2_NV_ReadPublic,
	TPM2_NV_Write,
} from './index.ts';

test('a manufactured TPM gives its endorsement key with the certificate of its manufacturer', async (t) => {
	if (!needsSwtpm(t)) return;
	const manufacturer = await makeTpmManufacturer();
	const swtpm = await startSwtpm(t, { manufacturer });
	const tpm = openTpm(swtpm.tcti);
	const { kind, publicArea, certificate } = await readEndorsement(tpm);
	assert.equal(kind, 'rsa-2048');
	assert.ok(certificate !== null);
	const { publicKey } = readCertificate(certificate);
	assert.deepEqual(publicKey, toSubjectPublicKeyInfo(publicArea));
	assert.deepEqual(withPublicKey(EK_RSA_2048, publicKey), publicArea);
	const [issuer, root] = await Promise.all(
		[manufacturer.issuerFile, manufacturer.rootFile].map(async (file) => new X509Certificate(await readFile(file))),
	);
	assert.ok(issuer !== undefined && root !== undefined);
	assert.ok(new X509Certificate(certificate).verify(issuer.publicKey) && issuer.verify(root.publicKey));
	assert.equal((await readEndorsement(tpm, 'ecc-p256')).certificate, null);
	const described = await describeTpm(tpm);
	assert.deepEqual([described.manufacturer, described.emulator], ['IBM', true]);
	await tpm.close();
});

// PPWRITE, AUTHREAD, NO_DA, PLATFORMCREATE, as manufacturers define it; and PPWRITE, OWNERREAD, PLATFORMCREATE.
const READABLE = 0x4204_0001;
const OWNER_ONLY = 0x4002_0001;
const POLICY_ONLY = 0x4008_0001;

const write = async (tpm: Tpm, nvIndex: number, data: Uint8Array, attributes = READABLE): Promise<void> => {
	const authHandle = tpm.hierarchy(TPM_RH.PLATFORM);
	await TPM2_NV_DefineSpace(tpm, { authHandle, publicInfo: nvPublic(nvIndex, attributes, data.length) });
	for (let offset = 0; offset < data.length; offset += 512) {
		const { nvName } = await TPM2_NV_ReadPublic(tpm, { nvIndex });
		const part = data.subarray(offset, offset + 512);
		await TPM2_NV_Write(tpm, { authHandle, nvIndex: { handle: nvIndex, name: nvName }, data: part, offset });
	}
};

/** The TPM's P-256 endorsement key, certified. */
const certified = async (tpm: Tpm): Promise<Uint8Array> => {
	const { publicArea } = await readEndorsement(tpm, 'ecc-p256');
	const manufacturer = makeEphemeralKey();
	const validity = { notBefore: Date.UTC(2026, 0), notAfter: Date.UTC(2056, 0) };
	const frozen = freezeCertificate(
		{
			serial: Uint8Array.of(1),
			issuer: encodeName([['CN', 'manufacturer']]),
			subject: encodeName([['CN', 'part']]),
			...validity,
			publicKey: toSubjectPublicKeyInfo(publicArea),
			extensions: [],
		},
		manufacturer.publicKey,
	);
	return assembleCertificate(frozen, manufacturer.publicKey, await manufacturer.sign(frozen));
};

const LOW = 0x01c0_000a;
const LOW_RSA = 0x01c0_0002;
const HIGH = 0x01c0_0014;

test('the certificate is found behind a header, before a filling, at its other place, and readable by the owner only', async (t) => {
	if (!needsSwtpm(t)) return;
	const size = (bytes: Uint8Array): readonly number[] => [bytes.length >> 8, bytes.length & 0xff];
	const forms: readonly (readonly [string, (der: Uint8Array) => Uint8Array, number?, number?])[] = [
		['header', (der) => Uint8Array.of(0x10, 0x01, 0, ...size(der), ...der)],
		['two', (der) => Uint8Array.of(0x10, 0x01, 0, ...size(der), 0x10, 0x02, ...der, 0xff)],
		['zeros', (der) => Uint8Array.of(...der, ...new Uint8Array(300))],
		['0xff', (der) => Uint8Array.of(...der, ...new Uint8Array(300).fill(0xff))],
		['high range', (der) => der, HIGH],
		['owner only', (der) => der, LOW, OWNER_ONLY],
	];
	for (const [name, form, index = LOW, attributes = READABLE] of forms) {
		const swtpm = await startSwtpm(t);
		await using tpm = openTpm(swtpm.tcti);
		const certificate = await certified(tpm);
		await write(tpm, index, form(certificate), attributes);
		const found = await readEndorsement(tpm);
		assert.deepEqual([found.kind, found.unusable], ['ecc-p256', []], name);
		assert.deepEqual(found.certificate, certificate, name);
	}
});

test('what is of no use hides no good certificate after it, and is told when there is none', async (t) => {
	if (!needsSwtpm(t)) return;
	const contents: readonly (readonly [RegExp | null, Uint8Array, number?])[] = [
		[/0x01c0000a: What the TPM keeps there is no certificate/, Uint8Array.of(0x31)],
		[/no certificate/, Uint8Array.of(0x30, 0x82, 0x07, 0xff)],
		[/no certificate/, Uint8Array.of(0x10, 0x01, 0)],
		[/not an X\.509|DER/, Uint8Array.of(0x30, 0x82, 0x02, 0x58, ...new Uint8Array(600).fill(5), 0, 0)],
		[/policy only/, Uint8Array.of(0x30), POLICY_ONLY],
		[null, new Uint8Array(20)],
		[null, new Uint8Array(20).fill(0xff)],
	];
	for (const [words, data, attributes] of contents) {
		const swtpm = await startSwtpm(t);
		await using tpm = openTpm(swtpm.tcti);
		const certificate = await certified(tpm);
		await write(tpm, LOW, data, attributes);
		const bad = await readEndorsement(tpm);
		assert.equal(bad.certificate, null);
		if (words === null) assert.deepEqual(bad.unusable, []);
		else assert.match(bad.unusable.join(' '), words);
		// That of another key, and then a good one.
		await write(tpm, LOW_RSA, certificate);
		assert.match((await readEndorsement(tpm)).unusable.at(-1) ?? '', /0x01c00002 is a certificate for another key/);
		await write(tpm, HIGH, certificate);
		assert.deepEqual((await readEndorsement(tpm)).certificate, certificate);
	}
});

test('an owner with a password is told that it is wanted; an index that was never written is no certificate', async (t) => {
	if (!needsSwtpm(t, 'tpm2-tools')) return;
	const swtpm = await startSwtpm(t);
	{
		await using tpm = openTpm(swtpm.tcti);
		await write(tpm, LOW, await certified(tpm), OWNER_ONLY);
		const authHandle = tpm.hierarchy(TPM_RH.PLATFORM);
		await TPM2_NV_DefineSpace(tpm, { authHandle, publicInfo: nvPublic(HIGH, READABLE, 9) });
	}
	await swtpm.run('tpm2_changeauth', '-c', 'owner', 'secret');
	await using tpm = openTpm(swtpm.tcti);
	const { certificate, unusable } = await readEndorsement(tpm);
	assert.equal(certificate, null);
	assert.match(unusable.join(' '), /^At NV index 0x01c0000a: TPM2_NV_Read: TPM_RC_(BAD_AUTH|AUTH_FAIL)/);
	await using knowing = openTpm(swtpm.tcti, { ownerAuth: new TextEncoder().encode('secret') });
	await tpm.close();
	assert.ok((await readEndorsement(knowing)).certificate !== null);
});
