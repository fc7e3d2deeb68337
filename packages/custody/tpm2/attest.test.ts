import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
	concat,
	EK_RSA_2048,
	handleName,
	makeCredential,
	objectName,
	qualifiedName,
	Reader,
	selectPcrs,
	SHARED_SECRET_ENTROPY,
	sized,
	TPM2B_PUBLIC,
	TPM_ALG,
	TPM_RC,
	TPM_RH,
	TPM_ST,
	TPMS_ATTEST,
	TPMT_SIGNATURE,
	toSubjectPublicKeyInfo,
	u32,
	verifyTpmSignature,
} from '@keyward/core/tpm2';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import {
	activateCredential,
	type Attestation,
	type AttestationKey,
	certify,
	createAttestationKey,
	createTpm2Key,
	hasResponseCode,
	openAttestationKey,
	openEndorsementKey,
	openTpm,
	quote,
	readEndorsement,
	TPM2_GetCapability,
	TPM2_MakeCredential,
	TPM2_PCR_Read,
	TPM2_PolicyGetDigest,
	startEndorsementSession,
	type Tpm,
} from './index.ts';

const challenge = new Uint8Array(32).fill(9);
const entropy = (): Uint8Array => new Uint8Array(randomBytes(SHARED_SECRET_ENTROPY));
const isBy = (key: AttestationKey, { attest, signature }: Attestation): boolean =>
	verifyTpmSignature(toSubjectPublicKeyInfo(key.publicArea), attest, TPMT_SIGNATURE.unmarshal(signature));
const slotsTaken = async (tpm: Tpm): Promise<number> => {
	const counts = [0x8000_0000, 0x0200_0000, 0x0300_0000].map(async (property) => {
		const input = { capability: 'handles', property, propertyCount: 64 } as const;
		return (await TPM2_GetCapability(tpm, input)).handles.length;
	});
	return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
};

for (const kind of ['ecc-p256', 'rsa-2048'] as const) {
	test(`a key is certified, and a credential activated, under the ${kind} endorsement key`, async (t) => {
		if (!needsSwtpm(t)) return;
		const swtpm = await startSwtpm(t);
		const keys = join(swtpm.folder, 'keys');
		await using tpm = openTpm(swtpm.tcti);
		const endorsement = await readEndorsement(tpm, kind);
		assert.equal(endorsement.certificate, null);
		const key = await createTpm2Key(tpm, keys, 'device');
		await createAttestationKey(tpm, keys, 'attestation', kind);
		const attestationKey = await openAttestationKey(tpm, keys, 'attestation');
		const said = await certify(tpm, key, attestationKey, challenge);
		assert.ok(isBy(attestationKey, said));
		const attest = TPMS_ATTEST.unmarshal(said.attest);
		assert.deepEqual(attest.extraData, challenge);
		assert.ok(attest.attested.type === TPM_ST.ATTEST_CERTIFY);
		assert.deepEqual(attest.attested.name, key.tpmName);
		// The signer is in the endorsement hierarchy, under this very endorsement key.
		const parent = qualifiedName(endorsement.publicArea, handleName(TPM_RH.ENDORSEMENT));
		assert.deepEqual(attest.qualifiedSigner, qualifiedName(attestationKey.publicArea, parent));

		const secret = new Uint8Array(randomBytes(32));
		const credential = makeCredential(endorsement.publicArea, attestationKey.tpmName, secret, entropy());
		assert.deepEqual(await activateCredential(tpm, attestationKey, credential), secret);
		const forOther = makeCredential(endorsement.publicArea, key.tpmName, secret, entropy());
		await assert.rejects(activateCredential(tpm, attestationKey, forOther), (error) =>
			hasResponseCode(error, TPM_RC.INTEGRITY),
		);
		const blob = credential.credentialBlob;
		const mangled = { ...credential, credentialBlob: blob.with(10, (blob[10] ?? 0) ^ 1) };
		await assert.rejects(activateCredential(tpm, attestationKey, mangled), (error) =>
			hasResponseCode(error, TPM_RC.INTEGRITY),
		);
		assert.equal(await slotsTaken(tpm), 0);

		const theirs = await tpm.operation(async () => {
			await using handle = await openEndorsementKey(tpm, kind);
			return await TPM2_MakeCredential(tpm, { handle, credential: secret, objectName: attestationKey.tpmName });
		});
		assert.deepEqual(await activateCredential(tpm, attestationKey, theirs), secret);
	});
}

test('another TPM cannot activate the credential, nor load the attestation key', async (t) => {
	if (!needsSwtpm(t)) return;
	const [swtpm, stranger] = await Promise.all([startSwtpm(t), startSwtpm(t)]);
	await using tpm = openTpm(swtpm.tcti);
	await using other = openTpm(stranger.tcti);
	const keys = join(swtpm.folder, 'keys');
	const { publicArea } = await readEndorsement(tpm, 'ecc-p256');
	await createAttestationKey(tpm, keys, 'attestation', 'ecc-p256');
	const copied = await openAttestationKey(other, keys, 'attestation');
	const ownKey = await createAttestationKey(other, join(stranger.folder, 'keys'), 'own', 'ecc-p256');
	for (const key of [copied, ownKey]) {
		const credential = makeCredential(publicArea, key.tpmName, challenge, entropy());
		await assert.rejects(activateCredential(other, key, credential), (error) => {
			return hasResponseCode(error, TPM_RC.INTEGRITY, TPM_RC.VALUE);
		});
	}
	assert.equal(await slotsTaken(other), 0);
});

test('the endorsement session satisfies the policy of the default templates', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	await using opened = await startEndorsementSession(tpm);
	const { policyDigest } = await TPM2_PolicyGetDigest(tpm, { policySession: opened.session.handle });
	assert.deepEqual(policyDigest, EK_RSA_2048.authPolicy);
});

test('a quote covers the PCRs, and tpm2-tools take it', async (t) => {
	if (!needsSwtpm(t, 'tpm2-tools')) return;
	const swtpm = await startSwtpm(t);
	const { folder, run } = swtpm;
	const tpm = openTpm(swtpm.tcti);
	const key = await createAttestationKey(tpm, join(folder, 'keys'), 'attestation', 'ecc-p256');
	const selection = [selectPcrs(TPM_ALG.SHA256, 0, 7)];
	const said = await quote(tpm, key, selection, challenge);
	const { pcrValues } = await TPM2_PCR_Read(tpm, { pcrSelectionIn: selection });
	await tpm.close();
	assert.ok(isBy(key, said));
	const { attested } = TPMS_ATTEST.unmarshal(said.attest);
	assert.ok(attested.type === TPM_ST.ATTEST_QUOTE);
	assert.equal(pcrValues.length, 2);
	await writeFile(join(folder, 'quote'), said.attest);
	await writeFile(join(folder, 'signature'), said.signature);
	await writeFile(join(folder, 'ak.pub'), TPM2B_PUBLIC.marshal(key.publicArea));
	const nonce = Buffer.from(challenge).toString('hex');
	await run('tpm2_checkquote', '-u', 'ak.pub', '-m', 'quote', '-s', 'signature', '-g', 'sha256', '-q', nonce);
	await assert.rejects(
		run('tpm2_checkquote', '-u', 'ak.pub', '-m', 'quote', '-s', 'signature', '-g', 'sha256', '-q', '00'),
	);
	const printed = await run('tpm2_print', '-t', 'TPMS_ATTEST', 'quote');
	assert.match(printed, new RegExp(`extraData: ${nonce}`));
	assert.match(printed, new RegExp(`pcrDigest: ${Buffer.from(attested.pcrDigest).toString('hex')}`));
});

test('what tpm2-tools certify and wrap, we read and open', async (t) => {
	if (!needsSwtpm(t, 'tpm2-tools')) return;
	const swtpm = await startSwtpm(t);
	const { folder, run } = swtpm;
	const file = (name: string): Promise<Buffer> => readFile(join(folder, name));
	await run('tpm2_createek', '-G', 'ecc', '-c', '0x81010002', '-u', 'ek.pub');
	const ak = ['-c', 'ak.ctx', '-G', 'ecc', '-g', 'sha256', '-s', 'ecdsa', '-u', 'ak.pub', '-n', 'ak.name'];
	await run('tpm2_createak', '-C', '0x81010002', ...ak);
	await run('tpm2_flushcontext', '-t');
	await run('tpm2_createprimary', '-C', 'o', '-G', 'ecc', '-c', 'primary.ctx');
	await run('tpm2_flushcontext', '-t');
	await run('tpm2_certify', '-c', 'primary.ctx', '-C', 'ak.ctx', '-g', 'sha256', '-o', 'attest', '-s', 'signature');
	const area = TPM2B_PUBLIC.unmarshal(await file('ak.pub'));
	assert.deepEqual(objectName(area), new Uint8Array(await file('ak.name')));
	const attest = await file('attest');
	const signature = TPMT_SIGNATURE.unmarshal(await file('signature'));
	assert.ok(verifyTpmSignature(toSubjectPublicKeyInfo(area), attest, signature));
	const { attested, qualifiedSigner } = TPMS_ATTEST.unmarshal(attest);
	assert.equal(attested.type, TPM_ST.ATTEST_CERTIFY);
	const endorsement = TPM2B_PUBLIC.unmarshal(await file('ek.pub'));
	const parent = qualifiedName(endorsement, handleName(TPM_RH.ENDORSEMENT));
	assert.deepEqual(qualifiedSigner, qualifiedName(area, parent));

	await run('tpm2_flushcontext', '-t');
	const keys = join(folder, 'keys');
	const tpm = openTpm(swtpm.tcti);
	const own = await readEndorsement(tpm, 'ecc-p256');
	assert.deepEqual(own.publicArea, endorsement, 'the persistent one is found');
	const key = await createAttestationKey(tpm, keys, 'attestation', 'ecc-p256');
	await writeFile(join(folder, 'secret'), challenge);
	const name = Buffer.from(key.tpmName).toString('hex');
	await tpm.close();
	await run('tpm2_makecredential', '-T', 'none', '-u', 'ek.pub', '-s', 'secret', '-n', name, '-o', 'credential');
	// tpm2-tools' own frame: a magic, a version, then both TPM2B.
	const reader = new Reader(await file('credential'));
	assert.deepEqual([reader.u32(), reader.u32()], [0xbadc_c0de, 1]);
	const theirs = { credentialBlob: reader.sized(), secret: reader.sized() };
	reader.end();
	await using again = openTpm(swtpm.tcti);
	const reopened = await openAttestationKey(again, keys, 'attestation');
	assert.deepEqual(await activateCredential(again, reopened, theirs), challenge);
	await again.close();

	const ours = makeCredential(endorsement, new Uint8Array(await file('ak.name')), challenge, entropy());
	const framed = concat(u32(0xbadc_c0de), u32(1), sized(ours.credentialBlob), sized(ours.secret));
	await writeFile(join(folder, 'ours'), framed);
	await run('tpm2_startauthsession', '--policy-session', '-S', 'session');
	await run('tpm2_policysecret', '-S', 'session', '-c', 'e');
	await run(
		'tpm2_activatecredential',
		'-c',
		'ak.ctx',
		'-C',
		'0x81010002',
		'-i',
		'ours',
		'-o',
		'opened',
		'-P',
		'session:session',
	);
	assert.deepEqual(new Uint8Array(await file('opened')), challenge);
});
