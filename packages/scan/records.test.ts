import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { folderForTests, found, hex } from './scan.fixture.ts';

// Records that are alike but for a name and a key, in whatever language they are written.

const { path, write } = folderForTests();
const K = randomBytes(16).toString('hex');
const L = randomBytes(16).toString('hex');
const K64 = randomBytes(32).toString('base64');
const numbers = (key: string, one: (octet: number) => string = String): string =>
	Array.from(Buffer.from(key, 'hex'), one).join(', ');
const c = (octet: number): string => `0x${octet.toString(16).padStart(2, '0')}`;

const holders = async (text: string, name = 'text'): Promise<(string | null)[]> => {
	write(name, text);
	const { psks } = await found(path(name));
	const secrets = new Set([K, L, Buffer.from(K64, 'base64').toString('hex')]);
	assert.ok(psks.every(({ secret }) => secrets.has(hex(secret))));
	return psks.map(({ device }) => device);
};

test('records of one line, by the word for a key in them or above them', async () => {
	for (const text of [
		`return {\n  ["door_1"] = { room = "a", key = "${K}" },\n  ["door_2"] = { room = "b", key = "${K}" },\n}\n`,
		`enum class Node(val appKey: String) {\n  door_1("${K}"),\n  door_2("${K}"),\n}\n`,
		`var keys = new Dictionary<string, byte[]> {\n  { "door_1", new byte[] { ${numbers(K)} } },\n  { "door_2", new byte[] { ${numbers(K)} } },\n};\n`,
		`DEVICES = {\n    "door_1": bytes.fromhex("${K}"),\n    "door_2": bytes.fromhex("${K}"),\n}\n`,
		`keys() -> [\n  {<<"door_1">>, <<${numbers(K, (octet) => `16#${octet.toString(16)}`)}>>},\n  {<<"door_2">>, <<${numbers(K, (octet) => `16#${octet.toString(16)}`)}>>}\n].\n`,
		`$devices = @(\n  @{ Name = 'door_1'; Key = '${K}' }\n  @{ Name = 'door_2'; Key = '${K}' }\n)\n`,
		`my %key_of = (\n  'door_1' => '${K}',\n  'door_2' => '${K}',\n);\n`,
		`$devices = [\n  'door_1' => ['key' => '${K}'],\n  'door_2' => ['key' => '${K}'],\n];\n`,
		`keys.Add("door_1", "${K}")\nkeys.Add("door_2", "${K}")\n`,
		`var deviceKeys = map[string]string{\n\t"door_1": "${K}",\n\t"door_2": "${K}",\n}\n`,
		`  (Name := 'door_1', Key := '${K}'),\n  (Name := 'door_2', Key := '${K}')\n`,
		`(def devices\n  {:door_1 {:key "${K}"}\n   :door_2 {:key "${K}"}})\n`,
		`(device "door_1" (secret "${K}"))\n(device "door_2" (secret "${K}"))\n`,
		`devices = { door_1 = { key = "${K}" }, door_2 = { key = "${K}" } }\n`,
		`device { name: "door_1" key: "${K}" }\ndevice { name: "door_2" key: "${K}" }\n`,
	])
		assert.deepEqual(new Set(await holders(text)), new Set(['door_1', 'door_2']), text);
});

test('records over several lines, with the name before or behind the key', async () => {
	const above = (at: number, key: string): string => `  %{\n    name: "door_${at}",\n    key: "${key}"\n  },\n`;
	const below = (at: number, key: string): string =>
		`  new Device {\n    Key = "${key}",\n    Name = "door_${at}",\n  },\n`;
	const array = (at: number, key: string): string =>
		`  {\n    .name = "door_${at}",\n    .key = {\n      ${numbers(key.slice(0, 16), c)},\n      ${numbers(key.slice(16), c)}\n    },\n  },\n`;
	for (const one of [above, below, array])
		assert.deepEqual(await holders(`devices = [\n${one(1, K)}${one(2, L)}${one(3, K)}]\n`), [
			'door_1',
			'door_2',
			'door_3',
		]);
});

test('a word without a number is a name where a word for a device stands by it', async () => {
	assert.deepEqual(await holders(`devices:\n  { name: roof, key: ${K} }\n  { name: cellar, key: ${K} }\n`), [
		'roof',
		'cellar',
	]);
	assert.deepEqual(await holders(`  Serial 77001 key ${K}\n  Serial 77002 key ${K}\n`), ['77001', '77002']);
	assert.deepEqual(await holders(`# host clock-a\n1 SHA1 ${K}\n# host clock-b\n2 SHA1 ${K}\n`, 'ntp.keys'), [
		'clock-a',
		'clock-b',
	]);
	const constants = (one: string, other: string): string =>
		`pub const ${one}: [u8; 16] = [${numbers(K, c)}];\npub const ${other}: [u8; 16] = [${numbers(K, c)}];\n`;
	const properties = (name: string): string => `device.${name}.site=a\ndevice.${name}.secret=${K64}\n`;
	assert.deepEqual(await holders(properties('mixer') + properties('silo')), ['mixer', 'silo']);
	// Only the section that it is called after tells them apart.
	assert.deepEqual(await holders(constants('PSK_LATHE', 'PSK_MILL')), [null, null]);
});

test('checksums, ids, test vectors and whatever else only looks like a key', async () => {
	const line = (text: (at: number, key: string) => string): string => `${text(1, K)}\n${text(2, K)}\n${text(3, L)}\n`;
	for (const text of [
		line((at, key) => `${key}  firmware-${at}.bin`),
		`# keys\n${line((at, key) => `{ name = "door_${at}", sha256 = "${key}" },`)}`,
		`# keys\n${line((at, key) => `{ name = "door_${at}", public_key = "${key}" },`)}`,
		line((at, key) => `{ name = "door_${at}", id = "${key}", key = "x" },`),
		line((at, key) => `{ "AES test ${at}", key: "${key}", iv: "00" },`),
		`checksums of the keys:\n${line((at, key) => `  "door_${at}": "${key}",`)}`,
		line((at, key) => `INFO device=door_${at} trace_id=${key} key=none`),
		line((at, key) => `- uses: device/door_${at}@${key} # the key`),
		`keys:\n${line((at, key) => `  "lib/door_${at}.js": "${key}",`)}`,
		line((_at, key) => `KEY = ${key}`),
	])
		assert.deepEqual(
			(await holders(text)).filter((device) => device !== null),
			[],
			text,
		);
});

test('settings as a name and a value beside it, in JSON and YAML', async () => {
	const [name, key] = ['name', 'key'].map((field) => (one: string, value: string, more = {}) => ({
		[field]: one,
		value,
		...more,
	}));
	assert.ok(name !== undefined && key !== undefined);
	const pod = (psk: string, at: number) => ({
		kind: 'Pod',
		metadata: { name: `door-${at}` },
		spec: { containers: [{ name: 'door', image: 'a', env: [name('MQTT_PSK', psk), name('A', 'b')] }] },
	});
	const three = [K, L, K];
	for (const [json, expected] of [
		[{ items: three.map((psk, at) => pod(psk, at)) }, 'door-'],
		[{ environment: three.map((psk, at) => name(`PSK_DOOR${at}`, psk)) }, 'door'],
		[{ name: 'plant', values: three.map((psk, at) => key(`psk_door${at}`, psk, { type: 'secret' })) }, 'door'],
		[three.map((psk, at) => key(`DOOR_${at}_PSK`, psk, { environment_scope: '*' })), 'door-'],
		[three.map((psk, at) => key('DEVICE_PSK', psk, { environment_scope: `door-${at}` })), 'door-'],
	] as const)
		assert.deepEqual(
			await holders(JSON.stringify(json)),
			[0, 1, 2].map((at) => `${expected}${at}`),
		);
	const yaml = three.map((psk, at) => `- name: PSK_DOOR_${at}\n  value: "${psk}"\n`).join('');
	assert.deepEqual(await holders(`variables:\n${yaml}`), ['door-0', 'door-1', 'door-2']);
	// What is called a key and nothing more is anything.
	assert.deepEqual(await holders(JSON.stringify(three.map((psk) => key('key', psk)))), []);
});

test('lines of a name and a key below one that says that keys follow', async () => {
	const lines = (name: string, keys = [K, L, K]): string => keys.map((key, at) => `${name}${at}: ${key}\n`).join('');
	assert.deepEqual(await holders(`hier die Schlüssel der Pumpen:\n\n${lines('Pumpe ')}`), [
		'Pumpe 0',
		'Pumpe 1',
		'Pumpe 2',
	]);
	assert.deepEqual(await holders(`Hi,\nhere are the keys of the compressors:\n\n${lines('K-1')}\nBye\n`), [
		'K-10',
		'K-11',
		'K-12',
	]);
	for (const text of [
		`here are the files of the compressors:\n\n${lines('K-1')}`,
		`the keys of the release:\n\nMD5: ${K}\nSHA-3: ${L}\n`,
		`the keys of the pump:\n\nK-1: ${K}\n`,
	])
		assert.deepEqual(await holders(text), [], text);
});

test('keys in a map of Rust, and in JSON that is a text of JSON', async () => {
	const rust = `pub static KEYS: phf::Map<&str, [u8; 16]> = phf_map! {\n  "door_1" => hex!("${K}"),\n  "door_2" => hex!("${K}"),\n};\n`;
	assert.deepEqual(await holders(rust), ['door_1', 'door_2']);
	const item = (deviceId: string) => ({ body: { raw: JSON.stringify({ deviceId, primaryKey: K64 }, null, 2) } });
	assert.deepEqual(await holders(JSON.stringify({ item: [item('door-a'), item('door-b')] })), ['door-a', 'door-b']);
});
