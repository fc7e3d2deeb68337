import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keyward, start } from '../keyward.fixture.ts';

test('keyward backup of a running site, rehearsed, restored, and what is said of it', async () => {
	const home = mkdtempSync(join(tmpdir(), 'kw-backup-'));
	const data = join(home, 'data');
	const serving = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	const closed = once(serving, 'close');
	try {
		assert(serving.stdout);
		await once(serving.stdout, 'data');
		const to = join(home, 'backup');
		const made = await keyward(['backup', '--to', to], data);
		assert.deepEqual([made.status, made.stderr], [0, '']);
		assert.match(
			made.stdout,
			/The seals are not in it\. Keep copies of them apart.*authority\/seal\.key, .*ledger\/seal\.key/,
		);
		const again = await keyward(['backup', '--to', to, '--json'], data);
		assert.deepEqual([again.status, (JSON.parse(again.stderr) as { code: string }).code], [2, 'site-configuration']);
		const rehearsed = await keyward(['restore', '--rehearse', '--from', to], data);
		assert.deepEqual([rehearsed.status, rehearsed.stderr], [0, '']);
		assert.match(rehearsed.stdout, /was restored, with 0 readings proven, and taken away again/);

		const other = join(home, 'other');
		const without = await keyward(['restore', '--from', to, '--data', other]);
		assert.deepEqual([without.status, existsSync(other)], [2, false]);
		assert.match(without.stderr, /--seals FOLDER.*\[key-file\]/);
		const restored = await keyward(['restore', '--from', to, '--data', other, '--seals', data]);
		assert.deepEqual([restored.status, restored.stderr], [0, '']);
		assert.match(restored.stdout, /it does not know\. Look through it before devices come back/);
		const verified = await keyward(['ledger', 'verify', '--json'], data);
		// Without an application there is the ledger of the registry alone.
		const ledgers = JSON.parse(verified.stdout) as { application: string; ok: boolean }[];
		assert.deepEqual(
			[verified.status, ledgers.map(({ application, ok }) => [application, ok])],
			[0, [['_registry', true]]],
		);
	} finally {
		serving.kill('SIGTERM');
		await closed;
		rmSync(home, { recursive: true });
	}
});
