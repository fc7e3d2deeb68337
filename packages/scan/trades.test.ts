import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { folderForTests, found, hex } from './scan.fixture.ts';

// Keys by the words of trades: access control, energy, radio, networks.

const { path, write } = folderForTests();
const K = randomBytes(16).toString('hex');

const inText = async (text: string) => {
	write('text', text);
	return (await found(path('text'))).psks.map(({ device, role, secret }) => [device, role, hex(secret)]);
};

test('a key under the word of its trade', async () => {
	for (const [name, role] of [
		['SCBK', 'scbk'],
		['osdp_scbk', 'scbk'],
		['UpdateKey', 'updateKey'],
		['ble.ltk', 'ltk'],
		['peerLmk', 'lmk'],
		['LMK_BOILER', 'lmk'],
		['fdsk', 'fdsk'],
		['install_code', 'installCode'],
		['wmbus_key', 'wmbusKey'],
		['nwk_session_key', 'nwkSessionKey'],
		['tsig-secret', 'tsigSecret'],
		['radius_secret', 'radiusSecret'],
	] as const) {
		assert.deepEqual(await inText(`${name}=${K.toUpperCase()}\n`), [[null, role, K]], name);
		assert.deepEqual(await inText(JSON.stringify([{ serial: 'a1', [name]: K }])), [['a1', role, K]], name);
	}
	const bytes = K.replaceAll(/../g, '0x$&,');
	assert.deepEqual(await inText(`static const uint8_t LMK_BOILER[16] = {${bytes}};\n`), [[null, 'lmk', K]]);
	for (const name of ['Ki', 'OPc', 'nsw', 'GUEK', 'NAK', 'Kg', 'CAK'])
		assert.deepEqual((await inText(`device,${name}\na1,${K}\n`)).length, 1, name);
});

test('words that only have such a word in them', async () => {
	for (const name of ['quirk_of_it', 'opc_ua_thumbprint', 'snak', 'ski', 'asthmatics', 'oauth_kid'])
		for (const text of [`${name}=${K}\n`, JSON.stringify([{ serial: 'a1', [name]: K }])])
			assert.deepEqual(await inText(text), [], name);
});
