import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { zipOf } from './one-list.fixture.ts';
import { found, folderForTests } from './scan.fixture.ts';
import { privateKey, secret, sharingForTests } from './sharing.fixture.ts';

// Keys in the records of one list, and lists in archives that are damaged.

const { sharing } = sharingForTests();
const { write } = folderForTests();

const inverters = (keys: readonly string[]): string =>
	keys.map((key, at) => `- host: 10.0.0.${at + 1}\n  key_pem: |\n${key.trim().replaceAll(/^/gm, '    ')}\n`).join('');
const asJson = (keys: readonly string[]): string =>
	JSON.stringify({ inverters: keys.map((pem, at) => ({ host: `10.0.0.${at + 1}`, pem })) });

test('one private key at two records of a list, in which others have their own, is high; each with its own, or in two forms, nothing', async () => {
	const [one, two, three] = [privateKey(), privateKey(), privateKey()];
	for (const [name, made] of [
		['gateway.yaml', inverters],
		['gateway.json', asJson],
	] as const) {
		assert.deepEqual(await sharing({ [name]: made([one, one, two]) }), [
			'high: The same private key stands at 2 places of one list, in which other keys stand once.',
		]);
		assert.deepEqual(await sharing({ [name]: made([one, two, three]) }), []);
		assert.deepEqual(await sharing({ [name]: made([one, one, two, two]) }), []);
	}
	assert.deepEqual(await sharing({ 'program.bin': inverters([one, one, two]) }), []);
});

test('credentials in JSON in a column of a dump, as ThingsBoard keeps them, are those of their devices', async () => {
	const dump = (keys: readonly string[]): string => {
		const rows = keys.map((key, at) => {
			const client = { securityConfigClientMode: 'PSK', endpoint: `meter-${at}`, identity: `meter-${at}`, key };
			return `${randomUUID()}\tmeter-${at}\tLWM2M_CREDENTIALS\t${JSON.stringify({ client, bootstrap: {} })}\n`;
		});
		return `COPY public.device_credentials (id, credentials_id, credentials_type, credentials_value) FROM stdin;\n${rows.join('')}\\.\n`;
	};
	const one = secret();
	assert.deepEqual(await sharing({ 'tb.sql': dump([one, one, secret()]) }), ['critical: 2 devices have the same PSK.']);
	assert.deepEqual(await sharing({ 'tb.sql': dump([secret(), secret()]) }), []);
});

test('a ZIP archive and a gzip member with a wrong checksum are said to be damaged, also where they can be unpacked', async () => {
	const list = Buffer.from(`serial,psk\nSN-1,${secret()}\n`);
	const problems = async (name: string, bytes: Uint8Array): Promise<string[]> =>
		(await found(write(name, bytes))).problems.map(({ reason }) => reason);
	const gzip = gzipSync(list);
	assert.deepEqual(await problems('a.gz', gzip), []);
	gzip.writeUInt32LE((gzip.readUInt32LE(gzip.length - 8) ^ 1) >>> 0, gzip.length - 8);
	assert.match((await problems('b.gz', gzip)).join(), /^a gzip member is damaged: its checksum is wrong/);
	for (const streamed of [false, true]) {
		assert.deepEqual(await problems('a.zip', zipOf('a.csv', list, { streamed, flaw: 0 })), []);
		assert.match(
			(await problems('b.zip', zipOf('a.csv', list, { streamed, flaw: 1 }))).join(),
			/^a file in a ZIP archive is damaged: its checksum is wrong/,
		);
	}
});
