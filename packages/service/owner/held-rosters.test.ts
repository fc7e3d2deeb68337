import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { days } from '@keyward/core';
import { until } from '@keyward/testing/agent/until';
import { temporaryFolder } from '@keyward/testing/folder';
import { makeOwner, rosterText, withRoster } from '@keyward/testing/owner/owner';
import { openHeldRosters } from './held-rosters.ts';

test('earlier rosters are there after a restart, the one in force first; a file that was damaged takes nothing with it', async () => {
	const folder = temporaryFolder('keyward-held-');
	await mkdir(join(folder, 'owner'));
	const { keys, repository } = await makeOwner(Date.now());
	let current = await withRoster(repository, rosterText(1, Date.now(), days(1)), keys);
	const owner = { roster: (application: string) => current.rosters.get(application) ?? null };
	const numbers = (rosters: readonly Uint8Array[]) =>
		rosters.map((bytes) => (JSON.parse(new TextDecoder().decode(bytes)) as { number: number }).number);
	const open = () => openHeldRosters(folder, owner, assert.ifError);
	const first = await open();
	assert.deepEqual([numbers(first('hall')), first('other')], [[1], []]);
	current = await withRoster(current, rosterText(2, Date.now(), days(1)), keys);
	assert.deepEqual(numbers(first('hall')), [2, 1]);
	assert.equal(first('hall'), first('hall'), 'the same until they change');
	const written = async () =>
		(await readFile(join(folder, 'owner', 'earlier.json'), 'utf8').catch(() => '')).match(/keyward-roster/g)?.length;
	await until('they are written', async () => (await written()) === 2);
	assert.deepEqual(numbers((await open())('hall')), [2, 1]);
	for (const damaged of ['{"hall":["{}",7]}', '{']) {
		await writeFile(join(folder, 'owner', 'earlier.json'), damaged);
		assert.deepEqual(numbers((await open())('hall')), [2]);
		await until('it is written', async () => (await written()) === 1);
	}
});
