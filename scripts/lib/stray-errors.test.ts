import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const strays = `
	import { test } from 'node:test';
	test('goes on', async () => {
		setTimeout(() => { throw new Error('thrown later'); });
		void Promise.reject(new Error('refused later'));
		await new Promise((resolve) => setTimeout(() => setImmediate(resolve), 1));
	});
`;

test('an error that no test of a group waits for fails the group, and where it began is said', (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-test-groups-'));
	t.after(() => rmSync(folder, { recursive: true }));
	const file = join(folder, '01.test.mjs');
	writeFileSync(file, strays);
	const args = [`--import=${new URL('resolve.mjs', import.meta.url).href}`, '--test', file];
	// Not as a child of this run: it is a test run by itself.
	const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
	const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
	assert.equal(status, 1, stdout);
	for (const name of ['thrown', 'refused'])
		assert.match(stdout, new RegExp(`stray error fails this group: Error: ${name} later\\n +at .*01\\.test\\.mjs`));
});
