import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openIdentity, rekey, renewIfDue } from '@keyward/agent';
import { partOfTpm } from '@keyward/agent/tpm2';
import { profilePublicKey } from '@keyward/core/format';
import { needsAbrmd, startAbrmd } from '@keyward/testing/custody/abrmd';
import { makeTpmManufacturer, needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { needs } from '@keyward/testing/debian';
import { airPolicy, openHall } from './hardware.fixture.ts';

test('the life of a device with its key in a TPM, attested: enrol, connect, publish, re-key, renew, retire', async (t) => {
	if (!needsSwtpm(t) || !needsAbrmd(t)) return;
	if (!needs(t, 'engines-3/pkcs11.so')) return;
	if (!needs(t, 'pkcs11/libtpm2_pkcs11.so')) return;
	const manufacturer = await makeTpmManufacturer();
	const tpm = await startSwtpm(t, { manufacturer });
	const { tcti, busAddress } = await startAbrmd(t, tpm);
	process.env['DBUS_SESSION_BUS_ADDRESS'] = busAddress;
	const anchors = [new X509Certificate(await readFile(manufacturer.rootFile)).raw];
	const trust = {
		manufacturers: [{ name: 'our swtpm', anchors, emulated: true }],
		revoked: new Set<string>(),
		deniedFirmware: [],
	};
	const hall = await openHall(t, airPolicy('tpm2', 4), { trust });
	const pinFile = join(hall.folder, 'pin');
	await writeFile(pinFile, 'a PIN\n', { mode: 0o600 });

	const { part } = await partOfTpm({ tcti });
	const words = ['--custody', 'tpm2', '--tpm', tcti, '--endorsement', manufacturer.issuerFile, '--pin-file', pinFile];
	const home = await hall.join('probe-1', part, words);
	const { key, leaf } = await openIdentity(home);
	assert.equal(existsSync(join(home, 'keys')), false);

	const agent = hall.runAgent(home);
	await agent.deliver(1);

	const said = await hall.held(
		'device',
		'rekey',
		'--folder',
		home,
		'--kind',
		'P-384',
		'--endorsement',
		manufacturer.issuerFile,
	);
	assert.match(said, /a new key in the TPM at tabrmd:bus_type=session, which is EMULATED/);
	await agent.see('re-keyed', ({ event }) => event === 're-keyed');
	await agent.deliver(2);
	await agent.stop();
	const shown = await hall.show('probe-1');
	assert.equal(shown.state, 'active');
	const evidence = { custody: 'tpm2', proof: 'attested', part, manufacturer: 'our swtpm', emulated: true };
	assert.deepEqual(
		shown.certificates.map(({ revoked, evidence: found }) => [revoked?.cause ?? null, found]),
		[
			['superseded', evidence],
			[null, evidence],
		],
	);
	assert.deepEqual((await readdir(join(home, 'tpm'))).toSorted(), [
		`${key}.2.pkcs11`,
		`${key}.2.tss2.pem`,
		`${key}.2_attestation.tss2.pem`,
		'endorsement.pem',
		'outbox_hall_probe-1.tss2.pem',
		'stream_hall_probe-1.tss2.pem',
	]);

	const before = await openIdentity(home);
	assert.deepEqual(
		[leaf, before.leaf].map(({ publicKey }) => profilePublicKey(publicKey)?.algorithm),
		['P-256', 'P-384'],
	);
	await hall.shorten();
	assert.equal(await renewIfDue(before, before.leaf.notAfter - 1), true);
	const after = await openIdentity(home);
	assert.deepEqual(after.leaf.publicKey, before.leaf.publicKey);
	assert.notDeepEqual(after.leaf.serial, before.leaf.serial);

	// A wrong PIN is tried once, for the TPM counts.
	await writeFile(pinFile, 'wrong\n');
	await assert.rejects(rekey({ folder: home }), { code: 'token-pin', detail: /counts wrong ones/ });
	await assert.rejects(rekey({ folder: home }), { code: 'token-pin', detail: /another try could lock/ });

	const retired = await hall.held('device', 'retire', '--folder', home, '--yes');
	assert.match(retired, /\.2\.tss2\.pem[^]*keyward revoke device probe-1[^]*tpm2_clear/);
	assert.deepEqual(await readdir(home), []);
});
