import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import { folderForTests, found, hex } from './scan.fixture.ts';

// Lists of pre-shared keys as brokers, network servers and people write them.

const { path, write } = folderForTests();

const A = '2b7e151628aed2a6abf7158809cf4f3c';
const B = '000102030405060708090a0b0c0d0e0f';
const zero = '0'.repeat(32);

const rows = async (content: string | Uint8Array) => {
	write('list', content);
	const { psks, problems } = await found(path('list'));
	return {
		psks: psks.map(({ secret, device, role }) => [device, role, hex(secret)]),
		labels: psks.map(({ at }) => at.label),
		problems: problems.map(({ reason, count, first }) => [reason, count, first]),
	};
};

test('a psk_file of mosquitto, with what is broken counted', async () => {
	const { psks, labels, problems } = await rows(
		`# fleet\npump-1:${A}\n\npump 2:${B.toUpperCase()}\r\npump-3:abc\npump-4:zz\npump-5:1234\n`,
	);
	assert.deepEqual(psks, [
		['pump-1', 'psk', A],
		['pump 2', 'psk', B],
		['pump-5', 'psk', '1234'],
	]);
	assert.deepEqual(labels, ['line 2, psk of pump-1', 'line 4, psk of pump 2', 'line 7, psk of pump-5']);
	assert.deepEqual(problems, [['a line is not identity:hex', 2, 'line 5']]);
	assert.deepEqual((await rows('emqx_c:BA0DB2A3-4483-45A3-A13A-91C2ADA44778\n')).psks, [
		['emqx_c', 'psk', 'ba0db2a3448345a3a13a91c2ada44778'],
	]);
	for (const other of ['port:1883\nhost:10\n', 'http://host:8080\n', 'a:b:c\n', 'just text\n'])
		assert.deepEqual((await rows(other)).psks, [], other);
});

test('CSV by its header: The Things Stack, ChirpStack, and what people write', async () => {
	const stack = `dev_eui;join_eui;id;name;app_key;nwk_key\n0102030405060708;00;pump-1;"a ""big"" pump; old";${A};\n0102030405060709;00;pump-2;;${B};${A}\n`;
	assert.deepEqual((await rows(stack)).psks, [
		['0102030405060708', 'appKey', A],
		['0102030405060709', 'appKey', B],
		['0102030405060709', 'nwkKey', A],
	]);
	// A database dump of ChirpStack, with the unset appKey of LoRaWAN 1.0 as zeros.
	assert.deepEqual((await rows(`dev_eui,nwk_key,app_key\n\\x0102030405060708,\\x${A},\\x${zero}\n`)).psks, [
		['\\x0102030405060708', 'nwkKey', A],
	]);
	assert.deepEqual((await rows(`DevEUI\tAppKey\nA\t${zero}\n`)).psks, [['A', 'appKey', zero]], 'zeros alone are a key');
	const spoken = `sep=,\n"Device ID","Pre-Shared Key"\nsensor 1,0x${A}\nsensor 2,"00:01:02:03:04:05:06:07"\nsensor 3,hunter2\nsensor 4,${Buffer.from(A, 'hex').toString('base64')}\nsensor 5,\nsensor 6,N/A\n`;
	assert.deepEqual((await rows(spoken)).psks, [
		['sensor 1', 'presharedKey', A],
		['sensor 2', 'presharedKey', '0001020304050607'],
		['sensor 3', 'presharedKey', hex(Buffer.from('hunter2'))],
		['sensor 4', 'presharedKey', A],
	]);
	assert.deepEqual((await rows(`psk\n${A}\n${B}\n`)).psks, [
		[null, 'psk', A],
		[null, 'psk', B],
	]);
});

test('a CSV in any encoding gives the same', async () => {
	const text = `dev_eui;name;app_key\n01;Zähler;${A}\n`;
	for (const content of [
		Buffer.from(`\ufeff${text}`),
		Buffer.from(`\ufeff${text}`, 'utf16le'),
		Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
		Buffer.from(text, 'utf16le'),
		Buffer.from(text, 'latin1'),
		Buffer.from(text.replaceAll('\n', '\r')),
		Buffer.from(text.replaceAll('\n', '\r\n')),
	])
		assert.deepEqual((await rows(content)).psks, [['01', 'appKey', A]]);
});

test('a broken row spoils itself and no other', async () => {
	const list = [
		'id,note,app_key',
		`a,fine,${A}`,
		`b,"never closed,${A}`,
		`c,x,${B}`,
		'd,too short',
		`e,not a key,${A.slice(1)}`,
		`f,"two`,
		`lines",${A}`,
		`g,x,${B},more`,
	];
	const { psks, problems } = await rows(list.join('\n'));
	assert.deepEqual(
		psks.map(([device]) => device),
		['a', 'c', 'f', 'g'],
	);
	assert.deepEqual(problems, [
		['a quote is not closed', 1, 'row 3'],
		['a row has another number of fields than the header', 2, 'row 5'],
		['a field of app_key is no key', 1, 'row 6'],
	]);
	assert.match(String((await rows('id,app_key\na,b\n')).problems[1]?.[0]), /no row holds one/);
	const long = await rows(`id,psk\na,${A}\nb,${'x'.repeat(200_000)}\nc,${B}\n`);
	assert.deepEqual(
		long.psks.map(([device]) => device),
		['a', 'c'],
	);
	assert.match(String(long.problems[0]?.[0]), /longer than/);
});

test('JSON of The Things Stack: root keys, sessions, MAC state, a stream of devices with comments', async () => {
	const device = (id: string, eui: string) => ({
		ids: { device_id: id, dev_eui: eui, join_eui: '00' },
		name: 'My device',
		root_keys: { root_key_id: 'x', app_key: { key: A }, nwk_key: { key: B, kek_label: 'k' } },
		session: {
			dev_addr: '01020304',
			keys: {
				session_key_id: 'AAAA',
				f_nwk_s_int_key: { key: A },
				app_s_key: { encrypted_key: 'AAAA', kek_label: 'k' },
			},
		},
		mac_state: { queued_join_accept: { keys: { nwk_s_enc_key: { key: B.toUpperCase() } } } },
	});
	const expected = (eui: string) => [
		[eui, 'appKey', A],
		[eui, 'nwkKey', B],
		[eui, 'fNwkSIntKey', A],
		[eui, 'nwkSEncKey', B],
	];
	const one = JSON.stringify(device('pump-1', '70B3D57ED0000001'), null, 2);
	const two = JSON.stringify(device('pump-2', '70B3D57ED0000002'));
	const both = [...expected('70B3D57ED0000001'), ...expected('70B3D57ED0000002')];
	for (const text of [
		`/* device 1 */\n${one}\n/* device 2 */ ${two}\n`,
		`[${one},${two}]`,
		`{"end_devices":[${one},${two}]}`,
		`${JSON.stringify(JSON.parse(one))}\n${two}\n`,
	])
		assert.deepEqual((await rows(text)).psks, both);
});

test('JSON of ChirpStack, versions 3 and 4', async () => {
	const four = {
		result: [
			{ device: { devEui: 'a1', name: 'x' }, deviceKeys: { devEui: 'a1', nwkKey: A, appKey: zero, genAppKey: zero } },
		],
	};
	assert.deepEqual((await rows(JSON.stringify(four))).psks, [['a1', 'nwkKey', A]]);
	const three = [
		{ deviceKeys: { devEUI: 'a2', nwkKey: A, appKey: B } },
		{ deviceActivation: { devEUI: 'a2', devAddr: '01', appSKey: A, nwkSEncKey: B, sNwkSIntKey: B, fNwkSIntKey: B } },
	];
	assert.deepEqual(
		(await rows(JSON.stringify(three))).psks.map(([device, role]) => `${device} ${role}`),
		['a2 nwkKey', 'a2 appKey', 'a2 appSKey', 'a2 nwkSEncKey', 'a2 sNwkSIntKey', 'a2 fNwkSIntKey'],
	);
});

test('malformed JSON is counted and reading goes on', async () => {
	const { psks, problems } = await rows(`[{"id":"a","psk":"${A}"},{"id":"b","psk":"${B}",]},{"id":"c","psk":"${A}"`);
	assert.deepEqual(
		psks.map(([device]) => device),
		['a', 'b', 'c'],
	);
	assert.equal(problems[0]?.[0], 'malformed JSON');
	const text = `{"id":"a","note":"${'x'.repeat(300_000)}\\"","psk":"${A}"}`;
	assert.deepEqual((await rows(text)).psks, [['a', 'psk', A]]);
	assert.deepEqual((await rows('['.repeat(100_000))).psks, []);
	assert.deepEqual((await rows('{"primaryKey":"id","key":"name","secret":"no"}')).psks, []);
});

test('keys with a name in source code and settings', async () => {
	const bytes = Array.from(Buffer.from(A, 'hex'), (octet) => `0x${octet.toString(16)}`);
	const { psks, labels } = await rows(
		[
			`static const u1_t PROGMEM APPKEY[16] = { ${bytes.join(', ')} };`,
			`#define OTAA_NWKKEY ${bytes.slice(0, 8).join(', ')}, ${bytes.slice(8).join(', ')}`,
			'const uint8_t device_psk[] = {',
			`    ${bytes.slice(0, 8).join(', ')},`,
			`    ${bytes.slice(8).join(', ')}`,
			'};',
			`CONFIG_MQTT_PSK="${B}"`,
			`mqtt.psk: ${B}`,
			`{ .psk = "${A}" }`,
			`<Psk>${A}</Psk>`,
			`commit = ${A}${A.slice(0, 8)}`,
			`sha1_key_of_file = ${A.slice(0, 8)}`,
			`monkey = ${A}`,
		].join('\n'),
	);
	assert.deepEqual(
		psks.map(([, role, secret]) => [role, secret]),
		[
			['appKey', A],
			['nwkKey', A],
			['psk', A],
			['psk', B],
			['psk', B],
			['psk', A],
			['psk', A],
		],
	);
	assert.equal(labels[2], 'line 3, device_psk');
});

test('50,000 rows stream in bounded memory', async () => {
	const file = createWriteStream(path('many.csv'));
	file.write('dev_eui,note,app_key\n');
	for (let row = 0; row < 50_000; row++)
		file.write(`${row.toString(16).padStart(16, '0')},"a, note",${hex(randomBytes(16))}\n`);
	file.end();
	await finished(file);
	const devices = new Set<string | null>();
	const { psks, problems } = await found(path('many.csv'));
	for (const { device } of psks) devices.add(device);
	assert.equal(devices.size, 50_000);
	assert.deepEqual(problems, []);
});

test('a key said twice in a title, in full and for short, but not a hash of one', async () => {
	for (const title of ['Pre-shared key (PSK)', 'Shared key (PSK)', 'PSK (pre-shared key)', 'Clé partagée (PSK)'])
		assert.deepEqual(
			(await rows(`Device,${title}\npump-1,${A}\npump-2,${B}\n`)).psks.map(([device, , key]) => [device, key]),
			[
				['pump-1', A],
				['pump-2', B],
			],
			title,
		);
	for (const title of ['PSK (hash)', 'Pre-shared key (SHA-256)', 'MAC (key)'])
		assert.deepEqual((await rows(`Device,${title}\npump-1,${A}\npump-2,${B}\n`)).psks, [], title);
});

test('a list below rows that say what it is about, whatever its devices have in common', async () => {
	for (const places of [
		['Hall', 'Hall', 'Hall'],
		['Hall 1', 'Pump room', 'Roof'],
	]) {
		const below = places.map((place, index) => `pump-${index + 1},${place},${index === 1 ? B : A}\n`).join('');
		const { psks } = await rows(`Project,North,\nDate,2025-03-12,\n,,\nDevice,Location,PSK\n${below}`);
		assert.deepEqual(psks, [
			['pump-1', 'psk', A],
			['pump-2', 'psk', B],
			['pump-3', 'psk', A],
		]);
	}
});

test('who a row is about: the name before an address, and both before a running number', async () => {
	const holders = async (text: string) => (await rows(text)).psks.map(([device]) => device);
	assert.deepEqual(await holders(`ID;Kennzeichen;PSK\n1;FT-201;${A}\n2;FT-203;${B}\n`), ['FT-201', 'FT-203']);
	// A tag of two rows names a group: the number tells them apart.
	assert.deepEqual(await holders(`ID,Tag,PSK\n1,pump,${A}\n2,pump,${A}\n`), ['pump', '2']);
	assert.deepEqual(await holders(`Controller,IP,PSK\nlift-A,10.5.0.1,${A}\nlift-B,10.5.0.2,${B}\n`), [
		'lift-A',
		'lift-B',
	]);
	assert.deepEqual(await holders(`Controller,IP,PSK\nplc,10.5.0.1,${A}\nplc,10.5.0.2,${A}\n`), [
		'10.5.0.1',
		'10.5.0.2',
	]);
	assert.deepEqual(await holders(`MAC,Name,PSK\n,pump,${A}\n,pump,${A}\n`), ['pump', null]);
	const yaml = (name: string, one: string, other: string): string =>
		`nodes:\n  - ${name}: ${one}\n    psk: ${A}\n  - ${name}: ${other}\n    psk: ${B}\n`;
	assert.deepEqual(await holders(yaml('object-name', 'VAV-101', 'VAV-118')), ['VAV-101', 'VAV-118']);
	assert.deepEqual(await holders(yaml('tag', 'FT-201', 'FT-203')), ['FT-201', 'FT-203']);
	assert.deepEqual(await holders(yaml('tag', 'v1.2.3', 'v1.2.4')), [null, null], 'tags of releases');
});

test('rows of SQLite whose id is their number have the name beside it', async () => {
	const database = new DatabaseSync(path('numbered.db'));
	database.exec('CREATE TABLE devices (id integer primary key, name text, psk text)');
	for (const [name, key] of [
		['pump-1', A],
		['pump-2', B],
	] as const)
		database.prepare('INSERT INTO devices (name, psk) VALUES (?, ?)').run(name, key);
	database.close();
	const { psks } = await found(path('numbered.db'));
	assert.deepEqual(
		psks.map(({ device, secret }) => [device, hex(secret)]),
		[
			['pump-1', A],
			['pump-2', B],
		],
	);
});

test('the settings of one device in rows of a title and a value; a cache of builds has names that look like keys', async () => {
	assert.deepEqual((await rows(`Device;crane-1\nIP;10.0.0.1\nPSK;${A}\n`)).psks, [['crane-1', 'psk', A]]);
	// The account of many devices is no holder.
	assert.deepEqual((await rows(`User\tadmin1\nPSK\t${A}\n`)).psks, [[null, 'psk', A]]);
	assert.deepEqual((await rows(`Device;PSK\ncrane-1;${A}\ncrane-2;${B}\n`)).psks, [
		['crane-1', 'psk', A],
		['crane-2', 'psk', B],
	]);
	const jobs = (name: string): string =>
		[1, 2].map((one) => `build:pump-${one}:\n  ${name}:\n    key: ${A}\n    paths: [modules]\n`).join('');
	assert.deepEqual((await rows(jobs('cache'))).psks, []);
	assert.equal((await rows(jobs('mqtt'))).psks.length, 2);
});
