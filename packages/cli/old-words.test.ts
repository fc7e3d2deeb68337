import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyward } from './keyward.fixture.ts';
import { inTodaysWords } from './old-words.ts';

test('verbs and options by their old names are taken, and shown in no help', async () => {
	assert.deepEqual(inTodaysWords(['tray', 'expect', 'tray', '--tray-out=a=b', '--maker', 'x']), [
		...['batch', 'expect', 'tray', '--batch-out=a=b', '--manufacturer', 'x'],
	]);
	assert.deepEqual(inTodaysWords([]), []);
	const { status, stdout } = await keyward(['tray', 'expect', '--help']);
	assert.equal(status, 0);
	assert.match(stdout, /^Usage: keyward batch expect/);
	assert.doesNotMatch((await keyward(['--help'])).stdout, /tray|maker/);
});
