import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import {
	appendLeaf,
	decodeCompactRange,
	encodeCompactRange,
	isTruncation,
	leafHash,
	type LedgerFindings,
	makeTruncation,
} from '@keyward/core/ledger';
import type { Signer, Store } from '@keyward/core/port';
import { commits } from '@keyward/testing/store/commits';
import { truncateBefore, ledgerKey } from '@keyward/testing/store/truncation';
import { planTruncation } from './plan-truncation.ts';
import { openMemoryStore } from './memory/open.ts';
import { openSqliteStore } from './sqlite/open.ts';
import { verifyLedger } from './verify.ts';

/** Two applications, three streams of `hall`; 30 leaves of `hall`, more than 600 rows. */
const fill = async (store: Store): Promise<void> => {
	const names = [
		{ application: 'hall', device: 'gamma-1', stream: 'dose-rate' },
		{ application: 'hall', device: 'gamma-2', stream: 'dose-rate' },
		{ application: 'weather', device: 'mast-1', stream: 'wind' },
		{ application: 'hall', device: 'gamma-2', stream: 'temperature' },
	];
	const streams = await Promise.all(names.map((name) => store.openStream(name)));
	const { commit } = commits(store);
	for (let round = 0; round < 30; round++) {
		const readings = Array.from({ length: 24 + (round % 3) }, (_, i) => {
			const stream = streams[i % streams.length];
			assert(stream);
			return [stream, round * 1000 + i - (i % 10 === 9 ? 500 : 0)] as const;
		});
		await store.append(await commit(readings));
	}
};

/** Edits the closed store's file with SQL, as a thief of the disk would, and verifies. */
const tampered = async (edit: (db: DatabaseSync) => void): Promise<{ hall: string[]; weather: string[] }> => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-tamper-'));
	try {
		const store = openSqliteStore(folder);
		await fill(store);
		const checkpoint = await verifyLedger(store, 'hall');
		assert.deepEqual([checkpoint.breaks, checkpoint.leaves], [[], 30]);
		await store.close();
		const db = new DatabaseSync(join(folder, 'keyward.sqlite'));
		edit(db);
		db.close();
		const again = openSqliteStore(folder);
		const signed = [{ origin: 'site.example/hall', size: checkpoint.leaves, root: checkpoint.root }];
		const hall = await verifyLedger(again, 'hall', { checkpoints: signed });
		const weather = await verifyLedger(again, 'weather');
		await again.close();
		return { hall: [...hall.breaks], weather: [...weather.breaks] };
	} finally {
		rmSync(folder, { recursive: true });
	}
};

const one = '(SELECT position FROM reading WHERE stream = 2 AND cursor = 40)';
const insert = (position: string, stream: number, cursor: string): string =>
	`INSERT INTO reading SELECT ${position}, ${stream}, ${cursor}, 1, identity + 1, record, NULL, 0 FROM reading WHERE position = ${one}`;
const last = '(SELECT max(position) FROM reading)';

/** SQL, and what must be said of it. */
const edits: Record<string, readonly [sql: string, words: RegExp]> = {
	'a changed record': [`UPDATE reading SET record = x'00' WHERE position = ${one}`, /Leaf 6 does not agree/],
	'a changed time': [`UPDATE reading SET identity = identity + 1 WHERE position = ${one}`, /Leaf 6 does not agree/],
	'a removed row': [`DELETE FROM reading WHERE position = ${one}`, /1 of rows .* gamma-2\/dose-rate are missing/],
	'the last row removed': [`DELETE FROM reading WHERE position = ${last} - 2`, /are missing \(leaf 29\)/],
	'rows exchanged': [
		`UPDATE reading SET cursor = -cursor WHERE stream = 2 AND cursor IN (40, 41);
		UPDATE reading SET cursor = 81 + cursor WHERE stream = 2 AND cursor < 0`,
		/does not agree/,
	],
	'a row added at the end': [
		insert(`${last} + 1`, 2, '(SELECT max(cursor) + 1 FROM reading WHERE stream = 2)'),
		/covered by no leaf/,
	],
	'a row added before the first position': [insert('-5', 2, '40'), /Row 40 of .* is there twice/],
	'a row added to a stream nobody knows': [
		insert(`${last} + 1`, 77, '1'),
		/Row 1 of stream number 77 is covered by no leaf/,
	],
	'a stream moved to another application': [
		`UPDATE stream SET application = 'weather' WHERE id = 4`,
		/are missing|is gone/,
	],
	'a stream renamed': [`UPDATE stream SET device = 'gamma-9' WHERE id = 4`, /is now called hall\/gamma-9\/temperature/],
	'a stream forgotten': ['DELETE FROM stream WHERE id = 4', /is gone/],
	'a leaf removed': [`DELETE FROM leaf WHERE application = 'hall' AND number = 7`, /Leaf 7 is missing/],
	'the last leaf removed': [
		`DELETE FROM leaf WHERE application = 'hall' AND number = 29`,
		/29 leaves where 30 were recorded/,
	],
	'a leaf changed': [
		`UPDATE leaf SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'00' AS BLOB) WHERE application = 'hall' AND number = 7`,
		/Leaf 7 does not agree/,
	],
	'a malformed leaf': [`UPDATE leaf SET bytes = x'07' WHERE application = 'hall' AND number = 7`, /Leaf 7 was changed/],
	'leaves reordered': [
		`UPDATE leaf SET number = -number WHERE application = 'hall' AND number IN (7, 8);
		UPDATE leaf SET number = 15 + number WHERE number < 0`,
		/Leaf 7 covers .* but row/,
	],
	"another application's leaf": [
		`UPDATE leaf SET bytes = (SELECT bytes FROM leaf AS other WHERE application = 'weather' AND number = 7)
		WHERE application = 'hall' AND number = 7`,
		/Leaf 7 is of the application weather/,
	],
	'a wrong edge': [
		`UPDATE edge SET edge = zeroblob(length(edge)) WHERE application = 'hall'`,
		/do not lead to the recorded edge/,
	],
	'an edge of another size': [
		`UPDATE edge SET size = 29 WHERE application = 'hall'`,
		/30 leaves where 29 were recorded/,
	],
	'the end cut off with leaf, rows and edge': [
		`DELETE FROM leaf WHERE application = 'hall'; DELETE FROM edge WHERE application = 'hall';
		DELETE FROM reading WHERE stream <> 3; DELETE FROM stream WHERE id <> 3`,
		/A checkpoint was signed over 30 leaves, and 0 are there/,
	],
};

for (const [what, [sql, words]] of Object.entries(edits)) {
	test(`the verifier notices ${what}`, async () => {
		const { hall } = await tampered((db) => db.exec(sql));
		assert(
			hall.some((line) => words.test(line)),
			`said: ${hall.join('\n')}`,
		);
	});
}

/** The same, on a store that has forgotten the first five leaves of `hall`, as it should. */
const forgetting = async (edit: (store: Store, db: DatabaseSync) => Promise<void>): Promise<LedgerFindings> => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-tamper-'));
	try {
		const store = openSqliteStore(folder);
		await fill(store);
		assert((await truncateBefore(store, 4500)) > 0);
		assert.equal((await store.forgotten()).leaves.get('hall'), 5);
		const db = new DatabaseSync(join(folder, 'keyward.sqlite'), { timeout: 1000 });
		await edit(store, db);
		db.close();
		await store.close();
		const again = openSqliteStore(folder);
		const findings = await verifyLedger(again, 'hall', { key: ledgerKey('hall') });
		await again.close();
		return findings;
	} finally {
		rmSync(folder, { recursive: true });
	}
};
const declareByHand = async (store: Store, bytes: Uint8Array): Promise<void> => {
	const { size, edge } = await store.edge('hall');
	const grown = appendLeaf(decodeCompactRange(size, edge), leafHash(bytes));
	const leaf = { application: 'hall', index: size, bytes };
	await store.append({
		rows: [],
		leaves: [leaf],
		edges: [{ ...leaf, size: grown.size, edge: encodeCompactRange(grown) }],
	});
};
const said = async (store: Store, application: string): Promise<Uint8Array> => {
	const leaves = await store.leaves(application, 0, 1000);
	const found = leaves.find(({ bytes }) => isTruncation(bytes));
	assert(found);
	return found.bytes;
};
/** Removes leaf 5 of `hall` with its rows from sight, as forgetting it would. */
const hide = (db: DatabaseSync): void =>
	db.exec(`
		UPDATE edge SET forgotten = 6 WHERE application = 'hall';
		DELETE FROM reading WHERE identity >= 4000 AND identity < 5100 AND stream IN (1, 2, 4);
		UPDATE stream SET first = (SELECT min(cursor) FROM reading WHERE stream = stream.id)
	`);

test('forgetting as it should be has no findings, and says what is not provable', async () => {
	const { breaks, forgotten, keptFrom, readings } = await forgetting(async () => undefined);
	assert.deepEqual([breaks, keptFrom], [[], 4500]);
	assert(forgotten > 50 && readings > 300);
});

const hidden: Record<string, readonly [(store: Store, db: DatabaseSync) => Promise<void>, RegExp]> = {
	'rows removed and called forgotten': [
		async (_store, db) => hide(db),
		/rows of leaves 5 to 5 are gone, and no signed leaf/,
	],
	'the same, with a statement of another key': [
		async (store, db) => {
			hide(db);
			const { size, edge } = await store.edge('hall');
			const stranger = generateKeyPairSync('ed25519');
			const signer: Signer = {
				publicKey: new Uint8Array(stranger.publicKey.export({ type: 'spki', format: 'der' })),
				custody: 'software',
				sign: async (bytes) => new Uint8Array(sign(null, bytes, stranger.privateKey)),
			};
			const forged = { leaves: 6, before: 9000, at: 1 };
			const { bytes } = await makeTruncation(forged, 'test/hall', decodeCompactRange(size, edge), signer);
			await declareByHand(store, bytes);
		},
		/Leaf 31 does not stand: The note is not signed/,
	],
	"the same, with another ledger's statement": [
		async (store, db) => {
			hide(db);
			await declareByHand(store, await said(store, 'weather'));
		},
		/Leaf 31 does not stand/,
	],
	'the same, with an older statement of this ledger put on its end': [
		async (store, db) => {
			hide(db);
			await declareByHand(store, await said(store, 'hall'));
		},
		/Leaf 31 does not stand: .* another ledger/,
	],
	'rows hidden from readers': [
		async (_store, db) => db.exec('UPDATE stream SET first = first + 5 WHERE id = 2'),
		/gamma-2\/dose-rate begins at row/,
	],
	'forgotten rows put back': [
		async (_store, db) =>
			db.exec(`INSERT INTO reading SELECT -5, 2, 3, 1, 1000, record, NULL, 0 FROM reading WHERE position = ${one}`),
		/Row 3 of stream gamma-2\/dose-rate is there twice, or was put in/,
	],
	'the statement taken away': [
		async (_store, db) => db.exec(`DELETE FROM leaf WHERE application = 'hall' AND number = 30`),
		/no signed leaf says/,
	],
};
for (const [what, [edit, words]] of Object.entries(hidden)) {
	test(`the verifier notices ${what}`, async () => {
		const { breaks } = await forgetting(edit);
		assert(
			breaks.some((line) => words.test(line)),
			`said: ${breaks.join('\n')}`,
		);
	});
}

test('rows that were changed are not forgotten', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-tamper-'));
	try {
		const store = openSqliteStore(folder);
		await fill(store);
		const db = new DatabaseSync(join(folder, 'keyward.sqlite'), { timeout: 1000 });
		db.exec(`UPDATE reading SET identity = identity - 1 WHERE position = ${one}`);
		db.close();
		await assert.rejects(
			planTruncation(store, 1_000_000, 1_000_000, 100),
			/ledger-broken: Nothing more is forgotten: leaf/,
		);
		await store.close();
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test('one changed row is one finding, and not the other application’s', async () => {
	const { hall, weather } = await tampered((db) =>
		db.exec(`UPDATE reading SET record = x'00' WHERE position = ${one}`),
	);
	assert.equal(hall.length, 1);
	assert.deepEqual(weather, []);
	const removed = await tampered((db) => db.exec(`DELETE FROM reading WHERE position = ${one}`));
	assert.equal(removed.hall.length, 1);
});

test('an untouched store has no findings', async () => {
	assert.deepEqual(await tampered(() => undefined), { hall: [], weather: [] });
});

test('reading a stream refuses rows that links were bent to', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-tamper-'));
	try {
		const store = openSqliteStore(folder);
		await fill(store);
		await store.close();
		const db = new DatabaseSync(join(folder, 'keyward.sqlite'));
		db.exec(`UPDATE reading SET back = back + 1 WHERE position = ${one}`);
		db.close();
		const again = openSqliteStore(folder);
		await assert.rejects(again.read(2, 0, 1000), /store-failed: Row 39 of stream number 2/);
		assert.equal((await again.read(2, 41, 1000)).length > 10, true);
		await again.close();
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test('the ledger can be verified while its beginning is forgotten', async () => {
	const store = openMemoryStore();
	const stream = await store.openStream({ application: 'hall', device: 'gamma-1', stream: 'dose-rate' });
	const { commit } = commits(store);
	for (let time = 0; time < 20_000; time += 100)
		await store.append(await commit(Array.from({ length: 100 }, (_, i) => [stream, time + i])));
	const forget = async (): Promise<void> => {
		for (let before = 500; before <= 15_000; before += 500) await truncateBefore(store, before);
	};
	const [findings] = await Promise.all([verifyLedger(store, 'hall', { key: ledgerKey('hall') }), forget()]);
	assert.deepEqual(findings.breaks, []);
	const after = await verifyLedger(store, 'hall', { key: ledgerKey('hall') });
	assert.deepEqual([after.breaks, after.readings, after.forgotten], [[], 5000, 15_000]);
});

test('the ledger can be verified while it grows', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-verify-'));
	const store = openSqliteStore(folder);
	try {
		const stream = await store.openStream({ application: 'hall', device: 'gamma-1', stream: 'dose-rate' });
		const { commit } = commits(store);
		let time = 0;
		const grow = async (): Promise<void> => {
			for (let i = 0; i < 20; i++)
				await store.append(await commit(Array.from({ length: 100 }, () => [stream, ++time])));
		};
		await grow();
		const [findings] = await Promise.all([verifyLedger(store, 'hall'), grow()]);
		assert.deepEqual(findings.breaks, []);
		assert(findings.readings > 2000);
	} finally {
		await store.close();
		rmSync(folder, { recursive: true });
	}
});
