import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeEphemeralKey } from '@keyward/custody';
import { readPinFile, tokenKeyStore } from '@keyward/custody/pkcs11';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { makePartManufacturer } from '@keyward/testing/service/part-manufacturer';
import { startSite } from '@keyward/testing/service/site';
import { airPolicy } from './hardware.fixture.ts';
import { type Ended, keyward } from './keyward.fixture.ts';

test('a person imports the manifest of a box, expects every part of it, and joins one by the key in it', async (t) => {
	if (!needsSoftHsm(t)) return;
	const [hsm, manufacturer] = [await startSoftHsm('part'), await makePartManufacturer()];
	const folder = await mkdtemp(join(tmpdir(), 'kw-box-'));
	const inFolder = (name: string): string => join(folder, name);
	const store = tokenKeyStore({
		module: SOFTHSM_MODULE,
		token: { label: hsm.token },
		pin: () => readPinFile(hsm.pinFile),
	});
	t.after(async () => {
		await store.close();
		await hsm.close();
		await rm(folder, { recursive: true, force: true });
	});
	const emulator = {
		name: 'our SoftHSM',
		anchors: [manufacturer.root],
		emulated: true,
		manifestSigners: [manufacturer.signer],
	};
	const trust = { manufacturers: [emulator], revoked: new Set<string>(), deniedFirmware: [] };
	const site = await startSite(t, { policies: [airPolicy('pkcs11', 3)], operatorSocket: true, trust, linkWorkers: 0 });
	const run = (...words: string[]): Promise<Ended> => keyward(words, site.folder);
	const held = async (...words: string[]): Promise<string> => {
		const { status, stdout, stderr } = await run(...words);
		assert.equal(status, 0, stderr);
		return stdout.trim();
	};
	const fails = async (words: readonly string[], said: RegExp): Promise<void> => {
		const { status, stderr } = await run(...words);
		assert.equal(status, 2, stderr);
		assert.match(stderr, said);
	};

	// The key is made in the part at its manufacturer's.
	const inPart = await store.create('device', 'P-256');
	const box = inFolder('box.json');
	const entries = [
		await manufacturer.list('0042AB', inPart.publicKey),
		await manufacturer.list('0043ab', makeEphemeralKey().publicKey),
	];
	await writeFile(box, JSON.stringify(entries));
	const batch = inFolder('batch.csv');
	const take = ['manifest', 'import', box, '--maker', 'our SoftHSM'];
	await fails([...take, '--batch-out', batch, '--prefix', 'Line 3'], /cannot name a device/);
	await writeFile(inFolder('bad.json'), JSON.stringify([...entries, { ...entries[0], payload: 'e30' }]));
	await fails(['manifest', 'import', inFolder('bad.json'), '--maker', 'our SoftHSM'], /Entry 3 .*manifest-signature/);
	assert.deepEqual(await site.ask('manifest.list', {}), []);

	const said = await held(...take, '--batch-out', batch, '--prefix', 'line3-', '--class', 'probe');
	assert.match(said, /^2 parts of our SoftHSM: 2 of them new, with 2 new keys\.\n.*keyward batch expect/);
	const rows = ['line3-0042ab,serial:0042AB,probe', 'line3-0043ab,serial:0043ab,probe'];
	assert.equal(await readFile(batch, 'utf8'), `${['device,part,class', ...rows].join('\n')}\n`);
	const list = await site.ask('manifest.list', {});
	assert.deepEqual(
		list.map(({ manufacturer: name, parts, signer }) => [name, parts, signer]),
		[['our SoftHSM', 2, hash('sha256', manufacturer.signer)]],
	);
	assert.match(await held('manifest', 'list'), /our SoftHSM\s+2\s+2/);

	const strings = inFolder('strings');
	assert.match(await held('batch', 'expect', batch, '--application', 'hall', '--out', strings), /2 of 2 expected now/);
	const token = ['--custody', 'pkcs11', '--module', SOFTHSM_MODULE, '--token', hsm.token, '--pin-file', hsm.pinFile];
	const commission = (key: string): string[] => [
		...['device', 'commission', '--from', join(strings, 'line3-0042ab.commissioning')],
		...['--folder', inFolder(`home-${key}`), ...token, '--key', key],
	];
	// Another key of the same token: what the token says of it is no proof.
	await fails(commission('fresh'), /evidence-missing/);
	await held(...commission('device'));
	const shown = await site.ask('device.show', { application: 'hall', device: 'line3-0042ab' });
	assert.deepEqual(
		shown.certificates.map(({ evidence }) => evidence),
		[{ custody: 'pkcs11', proof: 'endorsed', part: 'serial:0042AB', manufacturer: 'our SoftHSM', emulated: true }],
	);
});
