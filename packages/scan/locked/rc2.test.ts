import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rc2BlockDecryptor, rc2Decrypt } from './rc2.ts';

interface Vector {
	readonly effectiveBits: number;
	readonly key: string;
	readonly plain: string;
	readonly encrypted: string;
}

const file = new URL('../../../vectors/scan/rc2.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] };
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

test('RC2 opens the vectors of RFC 2268', () => {
	assert.equal(vectors.length, 8);
	for (const { key, effectiveBits, plain, encrypted } of vectors)
		assert.deepEqual(rc2BlockDecryptor(bytes(key), effectiveBits)(bytes(encrypted)), bytes(plain), encrypted);
});

test('what is no whole number of blocks, or has wrong padding, gives nothing', () => {
	const key = bytes('0011223344');
	for (const length of [0, 7, 9]) assert.equal(rc2Decrypt(key, 40, new Uint8Array(8), new Uint8Array(length)), null);
	assert.equal(rc2Decrypt(key, 40, new Uint8Array(8), new Uint8Array(16)), null);
});
