import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@keyward/testing/folder';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

test('the shell lines of docs/keycheck-pipeline.md tell the four exit codes apart', async () => {
	const folder = temporaryFolder('keyward-pipeline-');
	const page = await readFile(path('docs/keycheck-pipeline.md'), 'utf8');
	const lines = /```sh\n([^`]+)```/.exec(page)?.[1] ?? assert.fail('the page has no shell lines');
	const program = `#!/bin/sh\nexec "${process.execPath}" "${path('packages/cli/main.ts')}" "$@"\n`;
	await mkdir(join(folder, 'bin'));
	await writeFile(join(folder, 'bin/keyward'), program, { mode: 0o755 });
	const env = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
	const shell = (script: string) => spawnSync('sh', ['-c', script], { cwd: folder, env, encoding: 'utf8' });
	const list = (...psks: string[]) =>
		writeFile(
			join(folder, 'fleet/list.csv'),
			['id,psk', ...psks.map((psk, index) => `pump-${index},${psk}`)].join('\n'),
		);
	const [shared, sound] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
	await mkdir(join(folder, 'fleet'));

	await list(shared, shared);
	assert.equal(shell(lines).status, 2, 'there is no baseline yet');
	assert.equal(shell('keyward keycheck --write-baseline keycheck-known.json fleet/').status, 1);
	assert.equal(shell(lines).status, 0);
	await list(shared, shared, sound, sound);
	const found = shell(lines);
	assert.deepEqual([found.status, found.stderr], [1, 'New weak keys: see above.\n']);
	await list(shared, shared);
	await writeFile(
		join(folder, 'fleet/half.pem'),
		`-----BEGIN CERTIFICATE-----\n${randomBytes(96).toString('base64')}\n`,
	);
	const unread = shell(lines);
	assert.equal(unread.status, 3, unread.stdout);
	assert.match(unread.stderr, /^Something was not read/);
});
