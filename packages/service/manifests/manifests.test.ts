import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import type { AttestationTrust } from '@keyward/core/attest';
import { keyThumbprint } from '@keyward/core/format';
import { makeEphemeralKey } from '@keyward/custody';
import { openMemoryStore } from '@keyward/store/memory';
import { serve } from '../serve.ts';
import { makePartManufacturer, type PartManufacturer } from '@keyward/testing/service/part-manufacturer';
import { startSite } from '@keyward/testing/service/site';
import { createManifests } from './manifests.ts';

const believing = (...manufacturers: readonly PartManufacturer[]): AttestationTrust => ({
	manufacturers: manufacturers.map(({ root, signer }, index) => ({
		...{ name: `mill-${index + 1}`, anchors: [root], emulated: false, manifestSigners: [signer] },
	})),
	revoked: new Set(),
	deniedFirmware: [],
});

const clock = { now: () => Date.now() };

const open = async (trust: AttestationTrust) => {
	const folder = temporaryFolder('keyward-manifests-');
	const store = openMemoryStore();
	const { take } = createManifests(store, trust, clock);
	let files = 0;
	return {
		folder,
		store,
		take,
		/** Writes the entries to a file of their own, and takes that. */
		takeAll: async (entries: readonly object[], manufacturer = 'mill-1') => {
			const file = join(folder, `${++files}.json`);
			await writeFile(file, JSON.stringify(entries, null, 2));
			return take(manufacturer, file);
		},
	};
};

const refuses = (promise: Promise<unknown>, code: string, said = /./): Promise<void> =>
	assert.rejects(promise, (error) => {
		assert.ok(error instanceof Problem, String(error));
		assert.equal(error.code, code, error.detail);
		assert.match(error.detail, said);
		return true;
	});

test('a box of parts is known before it arrives, and taking it again changes nothing', async () => {
	const manufacturer = await makePartManufacturer();
	const { store, takeAll } = await open(believing(manufacturer));
	const keys = Array.from({ length: 3 }, () => makeEphemeralKey().publicKey);
	const entries = await Promise.all(keys.map((key, index) => manufacturer.list(`004${index}`, key)));
	const taken = await takeAll(entries);
	assert.deepEqual([taken.named, taken.parts, taken.keys], [['serial:0040', 'serial:0041', 'serial:0042'], 3, 3]);
	assert.deepEqual(
		[taken.file, taken.signer],
		[hash('sha256', JSON.stringify(entries, null, 2)), hash('sha256', manufacturer.signer)],
	);
	const again = await takeAll(entries);
	assert.deepEqual([again.named.length, again.parts, again.keys], [3, 0, 0]);
	assert.equal((await store.manifests()).length, 1);
	assert.deepEqual(await store.knownKey(keyThumbprint(keys[2] ?? new Uint8Array())), {
		...{ key: keyThumbprint(keys[2] ?? new Uint8Array()), slot: '0' },
		...{ part: 'serial:0042', manufacturer: 'mill-1', signer: taken.signer },
	});
});

test('one bad entry, and nothing of the file is known', async () => {
	const [manufacturer, stranger] = [await makePartManufacturer(), await makePartManufacturer()];
	const { store, takeAll } = await open(believing(manufacturer, stranger));
	const key = makeEphemeralKey().publicKey;
	const good = await manufacturer.list('0001', key);
	const theirs = await stranger.list('0002', makeEphemeralKey().publicKey);
	const many = await Promise.all(
		Array.from({ length: 1200 }, (_, index) => manufacturer.list(`1${index}`, makeEphemeralKey().publicKey)),
	);
	await refuses(takeAll([good, ...many, theirs]), 'manifest-signature', /1\.json: Entry 1202 /);
	await refuses(takeAll([good, {}]), 'manifest-malformed', /2\.json: Entry 2 /);
	await refuses(takeAll([good, await manufacturer.list('0002', key)]), 'manifest-malformed', /Entry 2 repeats a key/);
	assert.deepEqual([await store.manifests(), await store.knownKey(keyThumbprint(key))], [[], null]);
	// Of another manufacturer's file, what contradicts the first one's.
	await takeAll([good]);
	await refuses(takeAll([await stranger.list('0001', makeEphemeralKey().publicKey)], 'mill-2'), 'part-conflict');
	await refuses(takeAll([await stranger.list('0009', key)], 'mill-2'), 'part-conflict');
	assert.equal(await store.manufacturerOf('serial:0009'), null);
});

test('a manufacturer that is not named, and files of another kind', async () => {
	const manufacturer = await makePartManufacturer();
	const trust = believing(manufacturer);
	const { folder, take, takeAll } = await open({
		...trust,
		manufacturers: [...trust.manufacturers, { name: 'other', anchors: [manufacturer.root], emulated: false }],
	});
	const entries = [await manufacturer.list('0001', makeEphemeralKey().publicKey)];
	await refuses(takeAll(entries, 'mil-1'), 'endorsement-untrusted', /did you mean "mill-1"/);
	await refuses(
		takeAll(entries, 'other'),
		'endorsement-untrusted',
		/no manifest-signers of "other"; it names those of mill-1/,
	);
	await refuses(take('mill-1', join(folder, 'nothing.json')), 'file-unreadable', /ENOENT/);
	await refuses(take('mill-1', folder), 'file-unreadable', /is no file/);
	await refuses(take('mill-1', '/dev/zero'), 'file-unreadable', /is no file/);
});

test('a site takes the manifests that its file names when it starts, and does not start on a false one', async (t) => {
	const [manufacturer, stranger] = [await makePartManufacturer(), await makePartManufacturer()];
	const trust = believing(manufacturer);
	const { folder } = await open(trust);
	const [good, bad] = [join(folder, 'good.json'), join(folder, 'bad.json')];
	await writeFile(good, JSON.stringify([await manufacturer.list('0001', makeEphemeralKey().publicKey)]));
	await writeFile(bad, JSON.stringify([await stranger.list('0001', makeEphemeralKey().publicKey)]));
	const site = await startSite(t, { trust, manifests: [{ manufacturer: 'mill-1', file: good }], linkWorkers: 0 });
	const list = async () => (await site.ask('manifest.list', {})).map(({ parts }) => parts);
	assert.deepEqual(await list(), [1]);
	await site.restart();
	assert.deepEqual(await list(), [1]);
	const options = { data: join(folder, 'other'), httpsPort: 0, mqttsPort: 0, trust };
	await refuses(
		serve({ ...options, manifests: [{ manufacturer: 'mill-1', file: bad }] }, (error) => assert.fail(String(error))),
		'manifest-signature',
		/bad\.json/,
	);
});

test('what a manufacturer says of a device is kept with its part, and nothing of it is passed over', async () => {
	const manufacturer = await makePartManufacturer();
	const { store, takeAll } = await open(believing(manufacturer));
	const { publicKey } = makeEphemeralKey();
	const certificate = { scheme: 'eucc', number: 'N-1', level: 'AVA_VAN.5', expires: '2031-12-31' };
	const leakageTest = {
		standard: 'ISO/IEC 17825',
		laboratory: 'lab',
		report: 'ab'.repeat(32),
		at: '2026-01-02',
		result: 'pass',
	};
	const take = async (device: object, id = '0042', key: Uint8Array | null = publicKey) =>
		takeAll([await manufacturer.list(id, key, { device })]);
	await take({ debugPort: 'closed', certificates: [certificate], leakageTest });
	const known = (await store.statementOf('serial:0042'))?.statement;
	assert.equal(known?.debugPort, 'closed');
	assert.deepEqual(known.certificates, [{ ...certificate, expires: Date.UTC(2032, 0, 1) }]);
	const { laboratory, report } = leakageTest;
	assert.deepEqual(known.leakageTest, { laboratory, report, at: Date.UTC(2026, 0, 2) });
	const ek = `ek:${'0'.repeat(64)}`;
	await take({ debugPort: 'open' }, ek, null);
	assert.equal((await store.statementOf(ek))?.statement.debugPort, 'open');
	for (const [wrong, said] of [
		[{ debugPort: 'shut' }, /neither closed nor open/],
		[{ debugport: 'closed' }, /"debugport" in device, which is not known here/],
		[{ certificates: [{ ...certificate, expires: '2031-02-30' }] }, /no day/],
		[{ certificates: [{ ...certificate, level: '' }] }, /no level/],
		[{ certificates: Array.from({ length: 9 }, () => certificate) }, /at most 8/],
		[{ leakageTest: { ...leakageTest, result: 'fail' } }, /result is not pass/],
		[{ leakageTest: { ...leakageTest, standard: 'ours' } }, /another standard/],
		[[], /no object/],
	] as const)
		await refuses(take(wrong, '0043', makeEphemeralKey().publicKey), 'manifest-malformed', said);
	await refuses(take({}, `ek:${'1'.repeat(64)}`), 'manifest-malformed', /names a TPM and lists keys/);
	assert.equal(await store.manufacturerOf('serial:0043'), null);
});
