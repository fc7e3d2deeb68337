import assert from 'node:assert/strict';
import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Outbox } from './outbox.ts';

const folderOf = (): string => {
	const folder = temporaryFolder('keyward-outbox-');
	return folder;
};

/** What a key store has: an agreement key, which can be used. */
const makeHolder = () => {
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	return {
		publicKey: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
		agree: async (other: Uint8Array) =>
			new Uint8Array(
				diffieHellman({
					privateKey,
					publicKey: createPublicKey({ key: Buffer.from(other), format: 'der', type: 'spki' }),
				}),
			),
	};
};

const planted = 'planted-0123456789abcdef';
const clocked = { tick: 1, wall: 1, stretch: 0, stamped: false };

/** Names of the files that a thief of the flash finds it in. */
const foundIn = (folder: string): string[] =>
	readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(planted));

const fill = (outbox: Outbox): void => {
	// Sent, held for a roster, and not dated yet.
	outbox.put({ stream: 'open', time: 1, value: planted, unit: planted });
	outbox.sealing = ({ stream }) => ({ kind: stream === 'held' ? 'held' : 'open' });
	outbox.put({ stream: 'held', time: 1, value: planted });
	outbox.undated.put({ stream: 'open', value: planted, unit: planted }, 'boot', clocked);
	outbox.acknowledged(outbox.next(1).map(({ id }) => id));
	outbox.put({ stream: 'open', time: 2, value: planted });
	for (const { id } of outbox.next(1)) outbox.refused(id, 'reading-value', 'no');
	outbox.put({ stream: 'open', time: 3, value: planted });
};

const values = (outbox: Outbox): unknown[] => [
	...outbox.next(10).map(({ value }) => value),
	...outbox.held('held', 10).map(({ value }) => value),
	...outbox.undated.ofBoot('boot', 10).map(({ value, unit }) => `${String(value)} ${unit}`),
	...outbox.refusals().kept.map(({ value }) => value),
];
const all = [planted, planted, `${planted} ${planted}`, planted];

test('a stolen flash shows no value of what waits, whatever it waits for; the key store opens it', async () => {
	const folder = folderOf();
	const holder = makeHolder();
	{
		using outbox = new Outbox(folder);
		outbox.cipher.protect(holder.publicKey);
		fill(outbox);
		assert.deepEqual(values(outbox), all);
		assert.equal(outbox.put({ stream: 'open', time: 3, value: planted }), false);
		assert.throws(() => outbox.put({ stream: 'open', time: 3, value: 'another' }), { code: 'reading-conflict' });
		assert.deepEqual(foundIn(folder), []);
	}
	assert.deepEqual(foundIn(folder), []);
	using outbox = new Outbox(folder);
	outbox.cipher.protect(holder.publicKey);
	// Nothing of before is read without the key store; what is measured is kept, behind it.
	assert.equal(outbox.cipher.locked, true);
	assert.equal(outbox.put({ stream: 'open', time: 4, value: 4 }), true);
	assert.deepEqual(values(outbox), [null]);
	await assert.rejects(
		outbox.unlock(() => Promise.reject(new Error('away'))),
		/away/,
	);
	assert.equal(await outbox.unlock(holder.agree), 0);
	assert.deepEqual(values(outbox), [planted, 4, ...all.slice(1)]);
	assert.equal(outbox.cipher.locked, false);
});

test('what an earlier version kept in plain is encrypted at the first run, also in what SQLite leaves behind', () => {
	const folder = folderOf();
	{
		using outbox = new Outbox(folder);
		fill(outbox);
	}
	assert.notDeepEqual(foundIn(folder), [], 'without a key it lies there');
	using outbox = new Outbox(folder);
	outbox.cipher.protect(makeHolder().publicKey);
	assert.deepEqual(foundIn(folder), []);
	assert.deepEqual(values(outbox), all);
});

test('what was encrypted for a key that is gone is given up by name, and what comes after it is sent', async () => {
	const folder = folderOf();
	{
		using outbox = new Outbox(folder);
		outbox.cipher.protect(makeHolder().publicKey);
		fill(outbox);
	}
	using outbox = new Outbox(folder);
	const holder = makeHolder();
	outbox.cipher.protect(holder.publicKey);
	outbox.put({ stream: 'open', time: 9, value: 9 });
	assert.equal(await outbox.unlock(holder.agree), 3);
	assert.deepEqual(
		outbox.next(10).map(({ value }) => value),
		[9],
	);
	assert.equal(outbox.waiting, 1);
	assert.equal(outbox.refusals().kept.filter(({ code }) => code === 'key-file').length, 2);
});
