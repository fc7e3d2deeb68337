import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secret, sharingForTests } from './sharing.fixture.ts';

// Keys in commands that keep them or give them to a device, each in files for itself, so that no line beside them names anybody.

const { sharing } = sharingForTests();
const two = ['critical: 2 devices have the same PSK.'];

test('keys of devices in commands of Redis and of XBee modules', async () => {
	for (const form of [
		(device: string, key: string) => `SET ${device}:psk ${key}\n`,
		(device: string, key: string) => `redis-cli -h db SET "plant:${device}:psk" "${key}"\n`,
		(device: string, key: string) => `set psk:${device} ${key}\n`,
		(device: string, key: string) => `HSET device:${device} fw 1.2 psk ${key}\n`,
		(device: string, key: string) => `HMSET ${device} psk "${key}" fw 1.2\n`,
		(device: string, key: string) => `ATNI ${device}\nATEE 1\nATKY ${key}\nATWR\n`,
		(device: string, key: string) => `ATEE1\nATKY${key}\nATNI${device}\n`,
		(device: string, key: string) => `[A]\nEE=1\nKY=${key}\nNI=${device}\n`,
		(device: string, key: string) =>
			`<setting command="KY">${key}</setting>\n<setting command="NI">${device}</setting>\n`,
	]) {
		const key = secret();
		const files = (other: string, own = key) => ({ a: form('pump-north', key), b: form(other, own) });
		assert.deepEqual(await sharing(files('pump-south')), two, form('a', 'b'));
		assert.deepEqual(await sharing(files('pump-north')), [], form('a', 'b'));
		assert.deepEqual(await sharing(files('pump-south', secret())), [], form('a', 'b'));
	}
});

test('what Redis keeps under other names is no key of a device', async () => {
	const key = secret();
	for (const name of ['session:ab', 'cache:key', 'etag'])
		assert.deepEqual(await sharing({ a: `SET ${name}:1 ${key}\n`, b: `SET ${name}:2 ${key}\n` }), [], name);
	assert.deepEqual(await sharing({ a: `KY=${key}\n`, b: `KY=${key}\n` }), []);
});

test('a table of outstations names them, not their users', async () => {
	const key = secret();
	const table = (other: string) =>
		`| Outstation | User | Update Key |\n|---|---|---|\n| North | 1 | ${key} |\n| South | 1 | ${other} |\n`;
	assert.deepEqual(await sharing({ 'a.md': table(key) }), two);
	assert.deepEqual(await sharing({ 'a.md': table(secret()) }), []);
});
