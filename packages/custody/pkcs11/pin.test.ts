import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { readPinFile } from './pin.ts';

test('a PIN file as editors write it: one PIN, or the reason why there is none', async () => {
	const folder = temporaryFolder('keyward-pin-');
	const path = join(folder, 'pin');
	const write = (bytes: Uint8Array) => writeFile(path, bytes, { mode: 0o600 });
	for (const [text, pin] of [
		['1234', '1234'],
		['1234\n', '1234'],
		['1234\r\nnot this', '1234'],
		['\ufeff1234\r\n', '1234'],
		['gr\u00fcn 1\n', 'gr\u00fcn 1'],
	] as const) {
		await write(Buffer.from(text));
		assert.equal(await readPinFile(path), pin);
	}
	for (const [bytes, detail] of [
		[Buffer.from(''), /empty/],
		[Buffer.from('\ufeff\n'), /empty/],
		[Buffer.from('gr\u00fcn', 'latin1'), /not UTF-8/],
		[Buffer.from('\ufeff1234', 'utf16le'), /UTF-16/],
		[Buffer.from('1234\n', 'utf16le'), /UTF-16/],
		[Buffer.of(0xff, 0xfe), /not UTF-8/],
	] as const) {
		await write(bytes);
		await assert.rejects(readPinFile(path), { code: 'token-pin', detail });
	}
});
