import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { partOfEndorsementKey, qualifyingData } from '@keyward/core/attest';
import { decodePem, encodePem } from '@keyward/core/format';
import {
	concat,
	Reader,
	signatureValue,
	sized,
	toSubjectPublicKeyInfo,
	TPM2B_PUBLIC,
	TPMT_PUBLIC,
	TPMT_SIGNATURE,
	u16,
	u32,
	u8,
} from '@keyward/core/tpm2';
import { makeTpmManufacturer, needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { needs } from '@keyward/testing/debian';
import {
	base64,
	connect,
	csrOf,
	emulatorOf,
	evidenceOf,
	makeTpmDevice,
	openStrictSite,
} from './attestation.fixture.ts';

test('a device that has tpm2-tools and nothing of ours is attested and enrolled', async (t) => {
	if (!needsSwtpm(t, 'tpm2-tools')) return;
	const manufacturer = await makeTpmManufacturer();
	const { folder, run } = await startSwtpm(t, { manufacturer });
	const site = await openStrictSite(t, [await emulatorOf(manufacturer)]);
	const file = async (name: string): Promise<Uint8Array> => new Uint8Array(await readFile(join(folder, name)));
	const areaIn = async (name: string): Promise<TPMT_PUBLIC> => TPM2B_PUBLIC.unmarshal(await file(name));

	// Its manufacturer has put the endorsement key in its place.
	await run('tpm2_readpublic', '-c', '0x81010001', '-o', 'ek.pub');
	const ak = ['-c', 'ak.ctx', '-G', 'ecc', '-g', 'sha256', '-s', 'ecdsa', '-u', 'ak.pub', '-n', 'ak.name'];
	await run('tpm2_createak', '-C', '0x81010001', ...ak);
	await run('tpm2_flushcontext', '-t');
	await run('tpm2_createprimary', '-C', 'o', '-G', 'ecc', '-c', 'primary.ctx');
	const attributes = ['-a', 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign'];
	await run(
		'tpm2_create',
		'-C',
		'primary.ctx',
		'-G',
		'ecc',
		...attributes,
		'-u',
		'key.pub',
		'-r',
		'key.priv',
		'-c',
		'key.ctx',
	);
	await run('tpm2_flushcontext', '-t');
	await run('tpm2_nvread', '0x1c00002', '-o', 'ek.crt');

	const part = partOfEndorsementKey(toSubjectPublicKeyInfo(await areaIn('ek.pub')));
	const connection = await connect(t, site, await site.expectPart('probe-1', part));
	const issuers = decodePem('CERTIFICATE', await readFile(manufacturer.issuerFile, 'utf8'), 'certificate-malformed');
	const challenge = await connection.post('challenge', {
		format: 'tpm2',
		endorsementCertificates: [await file('ek.crt'), ...issuers].map(base64),
		attestationKey: base64(TPMT_PUBLIC.marshal(await areaIn('ak.pub'))),
	});
	assert.equal(challenge.status, 200, challenge.text);

	const { credentialBlob = '', secret = '' } = JSON.parse(challenge.text) as Record<string, string>;
	const parts = [credentialBlob, secret].map((text) => sized(new Uint8Array(Buffer.from(text, 'base64'))));
	// tpm2-tools' own frame: a magic, a version, then both TPM2B.
	await writeFile(join(folder, 'credential'), concat(u32(0xbadc_c0de), u32(1), ...parts));
	await run('tpm2_startauthsession', '--policy-session', '-S', 'session');
	await run('tpm2_policysecret', '-S', 'session', '-c', 'e');
	const activate = ['-c', 'ak.ctx', '-C', '0x81010001', '-i', 'credential', '-o', 'nonce', '-P', 'session:session'];
	await run('tpm2_activatecredential', ...activate);
	await run('tpm2_flushcontext', 'session');

	const key = await areaIn('key.pub');
	const publicKey = toSubjectPublicKeyInfo(key);
	const { exporter } = connection;
	const data = qualifyingData({ nonce: await file('nonce'), exporter, publicKey, device: 'hall/probe-1' });
	// tpm2_certify 5.4 has no way to say the qualifying data: TPM2_Certify by hand, with empty passwords.
	await run('tpm2_evictcontrol', '-C', 'o', '-c', 'key.ctx', '0x81000010');
	await run('tpm2_evictcontrol', '-C', 'o', '-c', 'ak.ctx', '0x81000011');
	await run('tpm2_flushcontext', '-t');
	const password = concat(u32(0x4000_0009), u16(0), u8(0), u16(0));
	const nullScheme = u16(0x10);
	const parameters = concat(u32(2 * password.length), password, password, sized(data), nullScheme);
	const body = concat(u32(0x148), u32(0x8100_0010), u32(0x8100_0011), parameters);
	await writeFile(join(folder, 'command'), concat(u16(0x8002), u32(body.length + 6), body));
	await run('tpm2_send', '-o', 'response', 'command');
	const reader = new Reader((await file('response')).subarray(14));
	const attest = reader.sized();
	const signature = TPMT_SIGNATURE.marshal(TPMT_SIGNATURE.read(reader));
	const shown = await connection.post('evidence', {
		key: base64(TPMT_PUBLIC.marshal(key)),
		attest: base64(attest),
		signature: base64(signature),
	});
	assert.equal(shown.status, 204, shown.text);

	const sign = async (bytes: Uint8Array): Promise<Uint8Array> => {
		await writeFile(join(folder, 'request'), bytes);
		await run('tpm2_sign', '-c', 'key.ctx', '-g', 'sha256', '-s', 'ecdsa', '-f', 'plain', '-o', 'signed', 'request');
		return file('signed');
	};
	const enrolled = await connection.post('simpleenroll', await csrOf({ publicKey, custody: 'tpm2', sign }));
	assert.equal(enrolled.status, 200, enrolled.text);
	const [certificate] = await site.store.certificates({ kind: 'device', application: 'hall', id: 'probe-1' });
	assert.deepEqual([certificate?.evidence.proof, certificate?.evidence.part], ['attested', part]);
});

test("our TPM's word holds for openssl under the attestation key", async (t) => {
	if (!needsSwtpm(t) || !needs(t, 'openssl')) return;
	const manufacturer = await makeTpmManufacturer();
	const swtpm = await startSwtpm(t, { manufacturer });
	const device = await makeTpmDevice(t, swtpm, manufacturer);
	const file = (name: string): string => join(swtpm.folder, name);
	const said = await evidenceOf(device, new Uint8Array(32).fill(1), { exporter: new Uint8Array(32).fill(2) });
	const attest = Buffer.from(said.attest, 'base64');
	const signature = TPMT_SIGNATURE.unmarshal(new Uint8Array(Buffer.from(said.signature, 'base64')));
	await writeFile(file('ak.pem'), encodePem('PUBLIC KEY', toSubjectPublicKeyInfo(device.attestationKey.publicArea)));
	await writeFile(file('signature'), signatureValue(signature));
	await writeFile(file('attest'), attest);
	const verify = ['dgst', '-sha256', '-verify', 'ak.pem', '-signature', 'signature', 'attest'];
	assert.match(await swtpm.run('openssl', ...verify), /Verified OK/);
	await writeFile(file('attest'), attest.with(attest.length - 1, (attest.at(-1) ?? 0) ^ 1));
	await assert.rejects(swtpm.run('openssl', ...verify));
});
