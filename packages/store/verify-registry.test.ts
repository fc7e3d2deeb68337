import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate as oneTurn } from 'node:timers/promises';
import { temporaryFolder } from '@keyward/testing/folder';
import { decodeCompactRange, root } from '@keyward/core/ledger';
import type { Grant, PrincipalName } from '@keyward/core/port';
import { moveTo } from '@keyward/testing/store/registry';
import { openSqliteStore, type SqliteStore } from './sqlite/open.ts';
import { verifyRegistry } from './verify-registry.ts';

const secret = new Uint8Array(32).fill(7);
const device: PrincipalName = { kind: 'device', application: 'hall', id: 'probe-1' };
const grant: Grant = {
	...{ id: 'g1', application: 'hall', reader: 'desk', device: '*', stream: 'dose-rate', purpose: 'watch' },
	...{ from: 1, expires: 1000, ended: null },
};

const open = (folder: string, adopt = false): SqliteStore => {
	const store = openSqliteStore(folder);
	store.log.registry.cover(secret, adopt, () => {});
	return store;
};

/** A site with a device that was enrolled and revoked, and a grant. */
const fill = async (store: SqliteStore): Promise<void> => {
	const hash = Uint8Array.of(1, 2, 3);
	await store.expect(
		{ ...device, class: 'probe', part: null, state: 'expected', at: 1 },
		{ hash, principal: device, expires: 100, spentFor: null },
	);
	const evidence = { custody: 'software' } as never;
	const key = Uint8Array.of(9);
	const intent = {
		serial: '4d',
		principal: device,
		key,
		evidence,
		toBeSigned: Uint8Array.of(1),
		at: 2,
		by: { token: hash },
	};
	await store.intend(intent);
	const fingerprint = Uint8Array.of(5);
	const issued = { fingerprint, serial: '4d', principal: device, key, evidence, notBefore: 1, notAfter: 99 };
	await store.issue({ ...issued, der: Uint8Array.of(0x30), revoked: null });
	await store.revoke(fingerprint, { at: 5, cause: 'keyCompromise', reason: 'stolen' });
	await store.putGrant(grant);
	await store.endGrant('g1', 7);
	await store.putPolicy('hall', 'text', 8, 0);
	await moveTo(store, device, 'retired', 9);
};

const folderFor = (): string => {
	const folder = temporaryFolder('keyward-registry-');
	return folder;
};

const byHand = (folder: string, sql: string): void => {
	const db = new DatabaseSync(join(folder, 'keyward.sqlite'));
	db.exec(sql);
	db.close();
};

test('each change of the registry adds a leaf in its transaction, and all of it verifies', async () => {
	const folder = folderFor();
	const store = open(folder);
	await fill(store);
	const found = await verifyRegistry(store.log.registry, secret, null);
	assert.deepEqual([found.breaks, found.leaves], [[], 8]);
	// A change that is refused leaves no leaf.
	await assert.rejects(moveTo(store, { ...device, id: 'other' }, 'retired', 1), { code: 'device-unknown' });
	await assert.rejects(store.putGrant(grant), { code: 'store-failed' });
	assert.equal(store.log.registry.edge().size, 8);
	await store.close();
	const again = open(folder);
	await again.putGrant({ ...grant, id: 'g2' });
	assert.deepEqual((await verifyRegistry(again.log.registry, secret, null)).breaks, []);
	await again.close();
});

const tampered: readonly (readonly [string, string, RegExp])[] = [
	[
		'a revocation undone',
		`UPDATE certificate SET revoked_at = NULL, revoked_cause = NULL, revoked_reason = NULL`,
		/certificate or its revocation 4d was changed/,
	],
	[
		'a grant written',
		`INSERT INTO reader_grant VALUES (9, 'g9', 'hall', 'spy', '*', 'dose-rate', 'x', 1, 99999, NULL)`,
		/grant g9 was written/,
	],
	['a grant that had ended', `UPDATE reader_grant SET ended = NULL`, /grant g1 was changed/],
	['a device brought back', `UPDATE principal SET state = 'active'`, /device probe-1 of hall was changed/],
	['a token made', `INSERT INTO token VALUES (x'aa', 'device', 'hall', 'probe-1', 100, NULL)`, /token AA was written/],
	['a policy removed', `DELETE FROM policy`, /policy hall 1 was removed/],
	['another policy', `UPDATE policy SET text = 'weaker'`, /policy hall 1 was changed/],
	['leaves removed with the row', `DELETE FROM registry_leaf WHERE number = 3; DELETE FROM certificate`, /registry/],
	[
		'the last leaf removed',
		`DELETE FROM registry_leaf WHERE number = 7; UPDATE principal SET state = 'active'`,
		/do not lead to the recorded edge/,
	],
];

for (const [what, sql, said] of tampered) {
	test(`${what} by hand is found`, async () => {
		const folder = folderFor();
		const store = open(folder);
		await fill(store);
		await store.close();
		byHand(folder, sql);
		const after = open(folder);
		const { breaks } = await verifyRegistry(after.log.registry, secret, null);
		assert.match(breaks.join('\n'), said);
		await after.close();
	});
}

test('rows that come and go while it is verified are no breaks; ones that were removed by hand are', async () => {
	const folder = folderFor();
	const store = open(folder);
	await fill(store);
	for (let index = 0; index < 300; index++) await store.putGrant({ ...grant, id: `before-${index}` });
	await store.close();
	byHand(folder, `DELETE FROM reader_grant WHERE id LIKE 'before-1%'`);
	const after = open(folder);
	let verified = false;
	const verifying = verifyRegistry(after.log.registry, secret, null).finally(() => {
		verified = true;
	});
	let added = 0;
	for (; !verified; added++) {
		await after.putGrant({ ...grant, id: `meanwhile-${added}` });
		await oneTurn();
	}
	const { breaks } = await verifying;
	assert(added > 0);
	// A hundred are named.
	assert.equal(breaks.length, 100);
	assert(
		breaks.every((one) => /grant before-1\d* was removed/.test(one)),
		breaks[0],
	);
	await after.close();
});

test('a leaf made without the secret does not stand, and a ledger that was cut back misses its checkpoint', async () => {
	const folder = folderFor();
	const store = open(folder);
	await fill(store);
	const { size, edge } = store.log.registry.edge();
	const checkpoint = { origin: 'keyward/_registry', size, root: root(decodeCompactRange(size, edge)) };
	await store.close();
	const forger = openSqliteStore(folder);
	forger.log.registry.cover(new Uint8Array(32), false, () => {});
	await forger.putGrant({ ...grant, id: 'g9' });
	const { breaks } = await verifyRegistry(forger.log.registry, secret, checkpoint);
	assert.match(breaks[0] ?? '', /Leaf 8 of the registry does not stand: it was not written by this site/);
	await forger.close();
	byHand(folder, 'DELETE FROM registry_leaf; DELETE FROM registry_edge');
	const cut = open(folder);
	assert.match(
		(await verifyRegistry(cut.log.registry, secret, checkpoint)).breaks.join(),
		/signed over 8 leaves, and 0 are there/,
	);
	await cut.close();
});

test('a registry from before there was such a ledger is covered once', async () => {
	const folder = folderFor();
	const before = openSqliteStore(folder);
	await fill(before);
	assert(before.log.registry.uncovered());
	await before.close();
	const store = openSqliteStore(folder);
	// The principal, its token and intent, the certificate, the grant and the policy.
	assert.equal(
		store.log.registry.cover(secret, true, () => {}),
		6,
	);
	assert.deepEqual((await verifyRegistry(store.log.registry, secret, null)).breaks, []);
	await store.close();
	const again = openSqliteStore(folder);
	assert.equal(
		again.log.registry.cover(secret, true, () => {}),
		0,
	);
	await again.close();
});
