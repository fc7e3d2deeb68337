import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { files, read } from './source.ts';

// What must never be committed.

const everything = files(
	'*',
	'.*',
	'.ci/*',
	'{attacks,bench,docs,examples,packages,scripts,test,vectors}/**/*.{csv,json,js,md,mjs,pem,svg,txt,ts,yaml,yml}',
).filter((file) => /\.|LICENSE/.test(file) && !['.git', '.ci'].includes(file) && !file.startsWith('.keyward'));

/** A PEM private key with a body: the bare header occurs in code that reads PEM. */
const privateKey = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\s*(?:\\n)?[A-Za-z0-9+/=]{16}/;

test('no file holds a private key', () => {
	const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	assert.match(key.export({ type: 'pkcs8', format: 'pem' }).toString(), privateKey);
	assert.deepEqual(
		everything.filter((file) => privateKey.test(read(file))),
		[],
	);
});

test('no file names a package registry', () => {
	assert.ok(everything.includes('package-lock.json') && everything.includes('.npmrc'));
	const registry = /"resolved": "https?:|^\s*(?:@[^:]+:)?registry\s*=|\/\/registry\.|_authToken/m;
	assert.match('"resolved": "https://example.org/node.tgz"', registry);
	const found = everything.filter((file) => file !== 'test/house/secrets.test.ts' && registry.test(read(file)));
	assert.deepEqual(found, []);
});
