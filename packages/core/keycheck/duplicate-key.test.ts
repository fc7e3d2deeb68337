import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Material } from './material.ts';
import { certificate, findingsOf, healthyModulus, key, named, rsaSpki } from './keycheck.fixture.ts';

const spki = rsaSpki(healthyModulus());
const privateKey = (file: string): Material => key(file, spki, { privateFound: true });
const pump1 = certificate('CN=pump-1');
const certified = (file: string): Material => key(file, spki, { certificate: pump1 });
const duplicates = (...materials: readonly Material[]): string[] => named(findingsOf(materials));

test('a key, its certificate and both in one file are of one holder, whatever the file says that it holds', () => {
	for (const file of [
		'pump-1-keyandcert.pem',
		'pump-1-key-and-cert.pem',
		'pump-1_combined.pem',
		'pump-1-fullchain.pem',
		'pump-1-bundle.pem',
		'pump-1-privkey.pem',
		'pump-1-client.key.pem',
		'pump-1-pkcs8-unencrypted.key',
		'bundle-pump-1.pem',
		'combined.pem',
		'key-and-cert.pem',
	]) {
		const both = [privateKey(`a/${file}`), certified(`a/${file}`)];
		assert.deepEqual(duplicates(privateKey('a/pump-1.key'), certified('a/pump-1.crt'), ...both), [], file);
	}
	assert.deepEqual(duplicates(privateKey('a/pump-1.key'), privateKey('a/pump-1-bundle.pem')), []);
});

test('a file that names another device, or lies in the folder of another, is a copy of the key', () => {
	for (const file of ['a/pump-2-bundle.pem', 'a/pump-2.pem', 'pump-2/combined.pem', 'a/spare.pem', 'b/combined.pem'])
		assert.deepEqual(
			duplicates(privateKey('a/pump-1.key'), certified('a/pump-1.crt'), privateKey(file), certified(file)),
			['duplicate-key'],
			file,
		);
	assert.deepEqual(duplicates(privateKey('a/client.key'), privateKey('a/server.key')), ['duplicate-key']);
	assert.deepEqual(
		duplicates(privateKey('a/pump-1.key'), certified('a/pump-1.crt'), privateKey('a/combined.pem')),
		['duplicate-key'],
		'nothing says whose it is',
	);
});
