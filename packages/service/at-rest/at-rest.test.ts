import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { retire } from '@keyward/agent';
import { connectRemote } from '@keyward/client';
import { days } from '@keyward/core';
import { readEncryptedRecord } from '@keyward/core/at-rest';
import { openSqliteStore } from '@keyward/store';
import { openMemoryStore } from '@keyward/store/memory';
import { needsSoftHsm, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { hallPolicy, startSite, type TestSite } from '@keyward/testing/service/site';
import { openSession, readingPacket } from '@keyward/testing/service/wire';
import { erasureBegun } from '../evidence/retirement.ts';
import { openTestAtRest } from './at-rest.fixture.ts';
import { openDataKeys } from './data-keys.ts';
import { encryptionFolderOf, openKeyEncryptionKey } from './key-encryption-key.ts';

const entropyOf = (start: number) => {
	let next = start;
	return { bytes: (count: number): Uint8Array => new Uint8Array(count).fill(++next) };
};

const row = (cursor: number, stream = 1) => ({
	...{ stream, cursor, identity: cursor, time: cursor, type: 0 as const },
	payload: Uint8Array.of(1, 2, 3, cursor),
});

const nameOf = (stream: number) => ({ application: 'hall', device: `probe-${stream}`, stream: 'dose-rate' });

test('no nonce comes twice under one key: over commits that fail, devices that are erased, days, starts and a store put back', async () => {
	const store = openMemoryStore();
	const keyEncryptionKey = new Uint8Array(32).fill(1);
	const seen = new Set<string>();
	let count = 0;
	for (const start of [0, 40, 80]) {
		// Each start sees the store as the one before left it, or as a backup had it: no count is read from it.
		const clock = { time: 20_000 * 86_400_000, now: (): number => clock.time };
		const keys = await openDataKeys({ store, keyEncryptionKey, clock, entropy: entropyOf(start) });
		for (let round = 0; round < 6; round++) {
			// The same rows again and again: a commit that failed is tried again with other bytes.
			for (const { payload } of await keys.encrypt('hall', [row(1), row(2), row(1, 2)], nameOf)) {
				const { span, device, count: nonce } = readEncryptedRecord(payload);
				seen.add(`${span} ${device} ${nonce}`);
				count++;
			}
			if (round === 2) await keys.destroy('hall', 'probe-1');
			if (round === 4) clock.time += days(1);
		}
	}
	assert.equal(seen.size, count);
});

const publish = async (t: TestContext, site: TestSite, device: string, times: readonly number[]) => {
	const identity = await site.commissionDevice('hall', device);
	const wire = await openSession(t, site, identity);
	for (const [index, time] of times.entries()) {
		wire.send(readingPacket(device, index + 1, [{ time, value: 1 + index }]));
		assert.equal((await wire.next('puback')).reasonCode ?? 0, 0);
	}
	wire.socket.destroy();
};

/** How many readings of a device a reader with a grant is given. */
const readerOf = async (t: TestContext, site: TestSite): Promise<(device: string) => Promise<number>> => {
	const { tls } = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const client = connectRemote({ url: site.url, certificate: tls.cert, key: tls.key, serviceCa: tls.ca });
	t.after(() => client.close());
	return async (device) => {
		const asked = { application: 'hall', device, stream: 'dose-rate', after: '0', limit: 100 };
		return (await client.call('readings.read', asked)).readings.length;
	};
};

const strict = hallPolicy.replace('mode: enforce', 'mode: enforce\ntighten: { erased-at-retirement: verified }');

/** What bars the next level of `erased-at-retirement`. */
const shortOf = async (site: TestSite): Promise<string | null> => {
	const [posture] = await site.ask('posture', { application: 'hall', level: 3 });
	const own = posture?.objectives.flatMap(({ weakest }) => weakest) ?? [];
	return own.find(({ requirement }) => requirement === 'erased-at-retirement')?.reason ?? null;
};

test('one site: its devices go out of service, each in another way', async (t) => {
	const site = await startSite(t);
	const read = await readerOf(t, site);

	await t.test(
		'erasing a retired device makes its readings unreadable, those of others stay, the ledger holds, and a start changes nothing',
		async (u) => {
			const now = Date.now();
			const times = [now - 3000, now - 2000, now - 1000];
			await publish(u, site, 'probe-1', times);
			await publish(u, site, 'probe-2', times);
			assert.deepEqual([await read('probe-1'), await read('probe-2')], [3, 3]);
			const erase = { application: 'hall', device: 'probe-1', reason: 'scrapped' };
			await assert.rejects(site.ask('device.erase', erase), { code: 'device-state' });
			await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'scrapped' });
			const db = new DatabaseSync(join(site.folder, 'keyward.sqlite'), { readOnly: true });
			const wrapped = db.prepare(`SELECT wrapped FROM data_key WHERE device = 'probe-1'`).get()?.[
				'wrapped'
			] as Uint8Array;
			db.close();
			const inFiles = (): string[] =>
				readdirSync(site.folder)
					.filter((name) => name.startsWith('keyward.sqlite'))
					.filter((name) => readFileSync(join(site.folder, name)).includes(Buffer.from(wrapped)));
			assert.notDeepEqual(inFiles(), [], 'the wrapped key was there to be found');
			const { keys, readings } = await site.ask('device.erase', erase);
			assert.deepEqual([keys, readings, inFiles()], [1, 3, []]);
			for (const round of ['at once', 'after a start']) {
				if (round === 'after a start') await site.restart();
				assert.deepEqual([await read('probe-1'), await read('probe-2')], [0, 3], round);
				for (const { breaks } of await site.ask('ledger.verify', { application: 'hall' })) assert.deepEqual(breaks, []);
				assert.equal((await site.ask('device.erase', erase)).keys, 0);
			}
		},
	);

	await t.test('an erasure that was cut short is finished at the next start', async (u) => {
		await publish(u, site, 'probe-3', [Date.now()]);
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-3', reason: 'scrapped' });
		await site.restart((folder) => {
			// As a crash leaves it, after the device was retired and before its key was destroyed.
			const db = new DatabaseSync(join(folder, 'keyward.sqlite'));
			const { subject, ...fact } = erasureBegun({ application: 'hall', id: 'probe-3' }, Date.now());
			db.prepare(
				'INSERT INTO fact (application, kind, id, claim, source, value, strength, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
			).run(
				subject.application,
				subject.kind,
				subject.id,
				fact.claim,
				fact.source,
				JSON.stringify(fact.value),
				fact.strength,
				fact.at,
			);
			db.close();
		});
		while ((await shortOf(site)) !== null) await new Promise(setImmediate);
		assert.equal(await read('probe-3'), 0);
	});

	await t.test(
		'where the policy asks, a device that is revoked leaves no reading; elsewhere the posture says what is left',
		async (u) => {
			for (const device of ['probe-4', 'probe-5', 'probe-6']) await publish(u, site, device, [Date.now()]);
			const revoke = (id: string) =>
				site.ask('principal.revoke', { kind: 'device', application: 'hall', id, reason: 'scrapped' });
			assert.equal(await shortOf(site), null, 'none is retired that was not erased');
			assert.equal((await revoke('probe-4')).erasure, null);
			assert.deepEqual(
				[await read('probe-4'), await shortOf(site)],
				[1, 'observed probe-4 is out of service and not erased, asked erased'],
			);
			await site.ask('device.erase', { application: 'hall', device: 'probe-4', reason: 'scrapped' });
			assert.equal(await shortOf(site), null);
			await site.apply(strict);
			assert.deepEqual((await revoke('probe-5')).erasure, { keys: 1, readings: 1, failed: null });
			assert.deepEqual([await read('probe-5'), await read('probe-6'), await shortOf(site)], [0, 1, null]);
			// The same again finds nothing more to do.
			assert.deepEqual((await revoke('probe-5')).erasure, { keys: 0, readings: 1, failed: null });
		},
	);

	await t.test('a device’s own word retires it, and destroys nothing that it sent', async () => {
		const { identity } = await site.commissionDevice('hall', 'probe-7');
		const [posture] = await site.ask('posture', { application: 'hall', level: 2 });
		assert(posture !== undefined);
		assert.equal((await retire({ folder: identity.folder })).untold, null);
		assert.equal((await site.ask('device.show', { application: 'hall', device: 'probe-7' })).state, 'retired');
		assert.equal(await shortOf(site), 'evidence is only claimed, asked observed');
	});

	await t.test(
		'what lies in the database is said by the posture, and a database without its key does not open',
		async (u) => {
			await publish(u, site, 'probe-8', [Date.now()]);
			await site.ask('posture', { application: 'hall' });
			const lack = { code: 'key-file' };
			await assert.rejects(
				site.restart((folder) => renameSync(join(folder, 'encryption'), join(folder, '..', 'away'))),
				lack,
			);
			await assert.rejects(
				site.restart((folder) => {
					// Another site's key in its place.
					rmSync(join(folder, 'encryption'), { recursive: true, force: true });
					renameSync(join(folder, '..', 'away'), join(folder, 'encryption'));
					rmSync(join(folder, 'encryption', 'keys', 'readings.key'));
				}),
				lack,
			);
		},
	);
});

test('the private key moves into a token, and what was encrypted before opens under it', async (t) => {
	if (!needsSoftHsm(t)) return;
	const hsm = await startSoftHsm();
	const data = temporaryFolder('keyward-at-rest-');
	t.after(() => hsm.close());
	const token = {
		custody: 'pkcs11',
		module: '/usr/lib/softhsm/libsofthsm2.so',
		token: 'site',
		pinFile: hsm.pinFile,
	} as const;
	const options = { folder: encryptionFolderOf(data), sealFile: null, isUsed: true, entropy: entropyOf(0) };
	await assert.rejects(openKeyEncryptionKey({ ...options, custody: token }), { code: 'key-file' });
	const first = await openKeyEncryptionKey({ ...options, isUsed: false, custody: { custody: 'file' } });
	const moved = await openKeyEncryptionKey({ ...options, custody: token });
	assert.deepEqual(moved.key, first.key);
	// An emulator: what it keeps, a thief of its files has.
	assert.equal(moved.custody, 'software');
	assert.deepEqual(readdirSync(join(options.folder, 'keys')), [], 'the former private key is destroyed');
	assert.deepEqual((await openKeyEncryptionKey({ ...options, custody: token })).key, first.key);
	await assert.rejects(openKeyEncryptionKey({ ...options, custody: { custody: 'file' } }), {
		code: 'site-configuration',
	});
});

test('readings of a version before lie in plain and are read; the store says so until they are forgotten', async (t) => {
	const data = temporaryFolder('keyward-at-rest-');
	const database = openSqliteStore(data);
	t.after(() => database.close());
	const { id } = await database.openStream(nameOf(1));
	await database.append({ rows: [row(1, id)], leaves: [], edges: [] });
	const { store, keys } = await openTestAtRest(database, data);
	assert.equal(await store.allEncrypted(), false);
	const rows = await keys.encrypt('hall', [row(2, id)], nameOf);
	await store.append({ rows, leaves: [], edges: [] });
	assert.deepEqual(await store.read(id, 0, 10), [row(1, id), row(2, id)]);
	assert.deepEqual(await store.find([1, 2, 3].map((identity) => ({ stream: id, identity }))), [
		{ payload: row(1).payload },
		{ payload: row(2).payload },
		null,
	]);
	await store.forget({ before: 2, position: 1, leaves: new Map() });
	assert.equal(await store.allEncrypted(), true);
});

test('a span’s key goes with the last row under it', async (t) => {
	const data = temporaryFolder('keyward-at-rest-');
	const database = openSqliteStore(data);
	t.after(() => database.close());
	const clock = { time: 20_000 * 86_400_000, now: (): number => clock.time };
	const keys = await openDataKeys({
		...{ store: database, keyEncryptionKey: new Uint8Array(32).fill(1), clock, entropy: entropyOf(0) },
	});
	const { id } = await database.openStream(nameOf(1));
	for (const cursor of [1, 2, 3]) {
		await database.append({ rows: await keys.encrypt('hall', [row(cursor, id)], nameOf), leaves: [], edges: [] });
		if (cursor === 2) clock.time += days(1);
	}
	const spans = async (): Promise<number> => (await database.dataKeys()).filter(({ device }) => device === null).length;
	assert.equal(await spans(), 2);
	await database.forget({ before: 4, position: 1, leaves: new Map() });
	assert.equal(await spans(), 2, 'a row is under the first one still');
	const [kept] = await database.read(id, 1, 1);
	assert(kept?.encrypted === true);
	assert.deepEqual(keys.decrypt(kept.payload, kept), row(2).payload);
	await database.forget({ before: 4, position: 2, leaves: new Map() });
	await keys.reread();
	assert.equal(await spans(), 1);
	assert.equal(keys.decrypt(kept.payload, kept), null, 'a copy of the row opens no more');
});
