import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openIdentity, rekey, renewIfDue, retire } from '@keyward/agent';
import { profilePublicKey } from '@keyward/core/format';
import { readPinFile, tokenKeyStore } from '@keyward/custody/pkcs11';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { needs } from '@keyward/testing/debian';
import { airPolicy, openHall, waitsFor } from './hardware.fixture.ts';

test('the life of a device with its key in a PKCS#11 token: enrol, connect, publish, re-key, renew, lose the token, retire', async (t) => {
	if (!needsSoftHsm(t) || !needs(t, 'engines-3/pkcs11.so')) return;
	const hsm = await startSoftHsm('probe-token');
	t.after(() => hsm.close());
	const hall = await openHall(t, airPolicy('software, pkcs11', 2));
	const token = ['--custody', 'pkcs11', '--module', SOFTHSM_MODULE, '--token', hsm.token];
	const home = await hall.join('probe-1', null, [...token, '--pin-file', hsm.pinFile]);
	const store = tokenKeyStore({
		module: SOFTHSM_MODULE,
		token: { label: hsm.token },
		pin: () => readPinFile(hsm.pinFile),
	});
	t.after(() => store.close());
	const { key, emulated } = await openIdentity(home);
	assert.deepEqual([key, emulated], ['device_hall_probe-1', true]);
	const { sensitive, extractable } = (await store.open(key)).claims;
	assert.deepEqual([sensitive, extractable, existsSync(join(home, 'keys'))], [true, false, false]);

	const agent = hall.runAgent(home);
	await agent.deliver(1);
	assert.equal((await hall.show('probe-1')).state, 'active');

	// Re-keyed while the agent runs.
	// To another kind, which a renewal keeps.
	await assert.rejects(rekey({ folder: home, algorithm: 'Ed25519' }), {
		code: 'key-kind',
		detail: /makes P-256, P-384/,
	});
	const strong = await rekey({ folder: home, algorithm: 'P-384' });
	assert.deepEqual([strong.key, profilePublicKey(strong.leaf.publicKey)?.algorithm], [`${key}.2`, 'P-384']);
	await agent.see('re-keyed', ({ event }) => event === 're-keyed');
	assert.deepEqual([await store.has(key), await store.has(`${key}.2`)], [false, true]);
	await agent.deliver(2);
	const rekeyed = await hall.show('probe-1');
	assert.equal(rekeyed.state, 'active');
	assert.deepEqual(
		rekeyed.certificates.map(({ revoked }) => revoked?.cause ?? null),
		['superseded', null],
	);
	const before = await openIdentity(home);
	await hall.shorten();
	assert.equal(await renewIfDue(before, before.leaf.notAfter - 1), true);
	const after = await openIdentity(home);
	assert.deepEqual(after.leaf.publicKey, before.leaf.publicKey);
	assert.notDeepEqual(after.leaf.serial, before.leaf.serial);

	// The token is pulled out, and the session cut: readings wait.
	await hsm.remove();
	await hall.cut('probe-1');
	agent.feed(3);
	await agent.see('absent', waitsFor(/\[token-absent\]/));
	await assert.rejects(rekey({ folder: home }), { code: 'token-absent' });
	await assert.rejects(retire({ folder: home }), { code: 'store-in-use' });
	await hsm.putBack();
	await agent.deliver(4);
	await agent.stop();

	// A wrong PIN is tried once.
	const pin = await readFile(hsm.pinFile, 'utf8');
	await writeFile(hsm.pinFile, 'wrong\n');
	await assert.rejects(rekey({ folder: home }), { code: 'token-pin', detail: /refuses this PIN/ });
	await assert.rejects(rekey({ folder: home }), { code: 'token-pin', detail: /another try could lock/ });
	await writeFile(hsm.pinFile, `${'1'.repeat(32)}\n`);
	await assert.rejects(rekey({ folder: home }), { code: 'token-pin', detail: /longer than the 31 bytes/ });
	await chmod(hsm.pinFile, 0o644);
	await assert.rejects(rekey({ folder: home }), { code: 'key-file' });
	await chmod(hsm.pinFile, 0o600);
	await writeFile(hsm.pinFile, pin);

	const { erased } = await retire({ folder: home });
	assert.equal(erased[0], 'pkcs11:token=probe-token;object=device_hall_probe-1.2;type=private');
	assert.deepEqual([await store.list(), await readdir(home)], [[], []]);
	await assert.rejects(retire({ folder: home }), { code: 'identity-file' });
});
