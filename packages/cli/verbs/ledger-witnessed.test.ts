import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { keyward } from '../keyward.fixture.ts';

const vector = JSON.parse(
	readFileSync(new URL('../../../vectors/merkle/cosignature.json', import.meta.url), 'utf8'),
) as { readonly log: string; readonly witnesses: readonly string[]; readonly note: string };

test('a checkpoint that was kept is checked by pinned keys, and asks nobody', async () => {
	const folder = temporaryFolder('kw-');
	const file = join(folder, 'note');
	writeFileSync(file, vector.note);
	const words = ['ledger', 'witnessed', '--file', file, '--log', vector.log, '--witness', ...vector.witnesses];
	const good = await keyward([...words, '--quorum', '2', '--within', '36500d']);
	assert.equal(good.status, 0, good.stderr);
	assert.match(good.stdout, /1432088532 +\S+ \S+ +remora\.n621\.de, witness\.stagemole\.eu +yes/);
	writeFileSync(file, vector.note.replace('1432088532', '1432088533'));
	const bad = await keyward([...words, '--quorum', '2', '--within', '36500d', '--json']);
	assert.equal(bad.status, 1);
	assert.match(bad.stdout, /signature of arche2025h1\.staging\.ct\.transparency\.dev on the note is wrong/);
	const lacking = await keyward(['ledger', 'witnessed', '--file', file]);
	assert.equal(lacking.status, 2);
	assert.match(lacking.stderr, /pin keys with --log and --witness/);
});
