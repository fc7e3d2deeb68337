import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPinFile, tokenKeyStore } from '@keyward/custody/pkcs11';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { parseCommissioning } from '@keyward/core/enrol';
import { parsePolicy } from '@keyward/core/policy';
import { createManifests } from '../manifests/manifests.ts';
import { makePartManufacturer } from '@keyward/testing/service/part-manufacturer';
import { connect, csrOf } from './attestation.fixture.ts';
import { openEst } from './est.fixture.ts';

const policy = parsePolicy(`
application: hall
level: { authenticity: 3, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 1, resistance: 1 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [pkcs11], streams: [dose-rate] }
`);

test("what a token says of its key is no proof; its manufacturer's manifest is, and an emulator is shown as one", async (t) => {
	if (!needsSoftHsm(t)) return;
	const [hsm, manufacturer] = [await startSoftHsm('part'), await makePartManufacturer()];
	const store = tokenKeyStore({
		module: SOFTHSM_MODULE,
		token: { label: hsm.token },
		pin: () => readPinFile(hsm.pinFile),
		emulatedCountsAsHardware: true,
	});
	const folder = await mkdtemp(join(tmpdir(), 'keyward-box-'));
	t.after(async () => {
		await store.close();
		await hsm.close();
		await rm(folder, { recursive: true, force: true });
	});
	const key = await store.create('device', 'P-256');
	assert.deepEqual([key.custody, key.emulated], ['pkcs11', true]);

	const emulator = {
		name: 'our SoftHSM',
		anchors: [manufacturer.root],
		emulated: true,
		manifestSigners: [manufacturer.signer],
	};
	const trust = { manufacturers: [emulator], revoked: new Set<string>(), deniedFirmware: [] };
	const est = await openEst(t, { trust });
	est.site.policy = policy;
	const { commissioning } = await est.registrar.expectDevice('hall', 'probe-1');
	const connection = await connect(t, est, parseCommissioning(commissioning).token);
	const claimed = await connection.post('simpleenroll', await csrOf(key));
	assert.deepEqual([claimed.status, claimed.code], [403, 'evidence-missing'], claimed.text);

	const box = join(folder, 'box.json');
	await writeFile(box, JSON.stringify([await manufacturer.list('0042', key.publicKey)]));
	await createManifests(est.store, trust, est.clock).take('our SoftHSM', box);
	const endorsed = await connection.post('simpleenroll', await csrOf(key));
	assert.equal(endorsed.status, 200, endorsed.text);
	const [certificate] = await est.store.certificates({ kind: 'device', application: 'hall', id: 'probe-1' });
	assert.deepEqual(certificate?.evidence, {
		...{ custody: 'pkcs11', proof: 'endorsed', part: 'serial:0042', manufacturer: 'our SoftHSM', emulated: true },
		path: [hash('sha256', manufacturer.signer)],
	});
	const facts = (await est.store.facts('hall')).filter(({ claim }) => claim === 'key-custody');
	assert.deepEqual(
		facts.map(({ value, strength, source }) => [value, strength, source]),
		[['hardware-endorsed', 'endorsed', 'registrar (emulated part)']],
	);
});
