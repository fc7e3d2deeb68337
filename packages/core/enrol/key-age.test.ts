import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastKeyChange } from './key-age.ts';

const use = (key: number, issuer: number, issued: number) => ({
	...{ key: Uint8Array.of(key), issuer: Uint8Array.of(issuer), issued },
});

test('another key or another CA is a change; the first certificate and a renewal are not', () => {
	assert.equal(lastKeyChange([]), null);
	assert.equal(lastKeyChange([use(1, 1, 10)]), null);
	assert.equal(lastKeyChange([use(1, 1, 10), use(1, 1, 20)]), null);
	assert.equal(lastKeyChange([use(1, 1, 10), use(2, 1, 20), use(2, 1, 30)]), 20);
	assert.equal(lastKeyChange([use(1, 1, 10), use(2, 1, 20), use(2, 2, 30)]), 30);
});
