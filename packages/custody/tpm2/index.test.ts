import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';

test('the example of docs/tpm2.md runs', async (t) => {
	if (!needsSwtpm(t)) return;
	const page = await readFile(new URL('../../../docs/tpm2.md', import.meta.url), 'utf8');
	const example = /```ts\n([^]*?)```/.exec(page)?.[1];
	assert.ok(example !== undefined);
	const swtpm = await startSwtpm(t);
	const child = execFile(process.execPath, ['--input-type=module-typescript', '-'], {
		cwd: fileURLToPath(new URL('.', import.meta.url)),
		env: { ...process.env, TPM2TOOLS_TCTI: swtpm.toolsTcti, KEYS: join(swtpm.folder, 'keys') },
		timeout: 20_000,
	});
	assert.ok(child.stdin !== null && child.stdout !== null && child.stderr !== null);
	child.stdin.end(example);
	const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
	assert.equal(output, 'signed by it: true\nof this key: true\nabout this secret: true\n', errors);
});
