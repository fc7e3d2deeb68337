import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@keyward/testing/folder';

const example = fileURLToPath(new URL('fleet.mjs', import.meta.url));

test('the example of docs/keycheck-library.md tells what is in a folder, and nothing of sound keys', async () => {
	const folder = temporaryFolder('keyward-fleet-');
	const run = () => spawnSync(process.execPath, [example, folder], { encoding: 'utf8' });
	const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
	await writeFile(join(folder, 'pump-1.key'), pem);
	assert.deepEqual([run().stdout, run().stderr], ['', '']);
	await writeFile(join(folder, 'pump-2.key'), pem);
	const { stdout, status } = run();
	assert.equal(status, 0);
	const found = JSON.parse(stdout) as { readonly check: string; readonly places: readonly string[] };
	assert.equal(found.check, 'duplicate-key');
	assert.deepEqual(
		found.places.map((place) => place.slice(folder.length + 1).split(':')[0]),
		['pump-1.key', 'pump-2.key'],
	);
});
