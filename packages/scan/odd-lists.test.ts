import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { folderForTests, found, hex, thumbprint, thumbprintOf } from './scan.fixture.ts';

// Lists under other titles, in dumps and in settings; source code that looks like a list; records; one password for all.

const { path, run, write } = folderForTests();
const A = randomBytes(16).toString('hex');
const B = randomBytes(16).toString('hex');

const rows = async (content: string | Uint8Array) => {
	write('list', content);
	const { psks, problems } = await found(path('list'));
	return {
		psks: psks.map(({ secret, device, role }) => [device, role, hex(secret)]),
		problems: problems.map(({ reason, count }) => [reason, count]),
	};
};

test('names of devices in one list and their keys in another are pairs, where they are as many', async () => {
	const keys = (mark: string) => [A, B, A].map((key) => `${mark}${key}${mark}`);
	for (const text of [
		`DEVICES="boiler chiller pump-3"\nKEYS="${keys('').join(' ')}"\n`,
		`psks=(${keys("'").join(' ')})\n\nnodes=(boiler chiller pump-3)\n`,
		`DEVICE_IDS = [\n\t"boiler",\n\t"chiller",\n\t"pump-3",\n]\nDEVICE_KEYS = [\n\t${keys('"').join(',\n\t')},\n]\n`,
		`const char *node_names[] = { "boiler", "chiller", "pump-3" };\nconst char *node_keys[3] = { ${keys('"').join(', ')} };\n`,
		`devices:\n  - boiler\n  - chiller\n  - pump-3\nsecrets:\n${keys('')
			.map((key) => `  - ${key}\n`)
			.join('')}`,
		`NODES="\nboiler\nchiller\npump-3\n"\nKEYS="\n${keys('').join('\n')}\n"\n`,
		JSON.stringify({ psks: [A, B, A], devices: ['boiler', 'chiller', 'pump-3'] }),
	])
		assert.deepEqual(
			(await rows(text)).psks.map(([device, , key]) => [device, key]),
			[
				['boiler', A],
				['chiller', B],
				['pump-3', A],
			],
			text,
		);
	for (const text of [
		`DEVICES="boiler chiller"\nHASHES="${A} ${A}"\n`,
		`DEVICES="boiler chiller"\nKEYS="${keys('').join(' ')}"\n`,
		`keys = ["${A}", "${A}"]\nnames = ["aes128", "aes128"]\n`,
	])
		assert.deepEqual((await rows(text)).psks, [], text);
});

test('columns by their meaning, and a title row above the header', async () => {
	for (const title of ['Hall 3, as of May', 'Plant North; export 2026', 'Line 2, hall 3, as of May'])
		assert.deepEqual((await rows(`${title}\n\nGerät;Typ;PSK\nSN-1;x;${A}\n`)).psks, [['SN-1', 'psk', A]], title);
	for (const title of ['AppKey (hex)', 'App Key [hex]', 'OTAA AppKey', 'lora_app_key'])
		assert.deepEqual(
			await rows(`Serial,${title}\nSN-1,${A}\n`),
			{ psks: [['SN-1', 'appKey', A]], problems: [] },
			title,
		);
	assert.deepEqual((await rows(`Serial;mqtt_psk\nSN-1;${A}\nSN-2;yes\n`)).psks, [['SN-1', 'psk', A]]);
	assert.deepEqual((await rows(`Export of 2024-05-01,,\n\nserial,note,psk\nSN-1,x,${A}\n`)).psks, [['SN-1', 'psk', A]]);
	assert.deepEqual((await rows('Dear all\nThe name, the psk\nand so on\n')).psks, []);
});

test('source code is neither CSV nor JSON', async () => {
	const bytes = Array.from(Buffer.from(A, 'hex'), (octet) => `0x${octet.toString(16).padStart(2, '0')}`).join(', ');
	for (const text of [
		`export const connect = (id, key) => {\n  return tls(id, key);\n};\nexport const PSK = "${A}";\n`,
		`def connect(device, key):\n    return tls(device, key)\n\nPSK = "${A}"\n`,
		`device, psk = load()\n# and\nPSK = "${A}"\n`,
	])
		assert.deepEqual(await rows(text), { psks: [[null, 'psk', A]], problems: [] }, text);
	const c = `/* Keys. */\nstatic const char *n[] = /* order */ { "a", "b" };\nconst uint8_t APPKEY[16] = { ${bytes} };\n`;
	assert.deepEqual(await rows(c), { psks: [[null, 'appKey', A]], problems: [] });
});

test('dumps of SQL databases: COPY and INSERT, with what is broken counted', async () => {
	const zero = '0'.repeat(32);
	const copy = `--\nSET x = 0;\nCOPY public.device_keys (dev_eui, nwk_key, app_key) FROM stdin;\n\\\\x0a\t\\\\x${A}\t\\\\x${zero}\n\\\\x0b\t\\N\t\\\\x${B}\nshort\n\\.\nCOPY public.other (key) FROM stdin;\n1\n\\.\n`;
	assert.deepEqual(await rows(copy), {
		psks: [
			['\\x0a', 'nwkKey', A],
			['\\x0b', 'appKey', B],
		],
		problems: [['a row has another number of fields than its table', 1]],
	});
	const insert = `INSERT INTO "device_keys" ("name", app_key) VALUES ('it''s, (one)', '\\x${A}'),\n(NULL, X'${B}');\nINSERT INTO log (text) VALUES ('psk');\n`;
	assert.deepEqual(await rows(insert), {
		psks: [
			["it's, (one)", 'appKey', A],
			[null, 'appKey', B],
		],
		problems: [],
	});
	assert.deepEqual((await rows(`INSERT INTO keys (id, psk) VALUES ('a', '${A}'), ('b', 'never closed\n`)).problems, [
		['a row of INSERT cannot be read', 1],
	]);
});

test('text PSKs in settings, and no words of code or of people', async () => {
	const text = hex(Buffer.from('winter-2019'));
	for (const settings of [
		'network={\n\tssid="plant"\n\tpsk="winter-2019"\n}\n',
		'CONFIG_MQTT_PSK="winter-2019"\n',
		'mqtt:\n  psk: winter-2019\n',
		"[wifi]\npsk = 'winter-2019'\n",
	])
		assert.deepEqual((await rows(settings)).psks, [[null, 'psk', text]], settings);
	const others = [
		'psk: string;',
		'psk = get_psk(1234);',
		'psk: Passphrase',
		'"psk": "Pre-shared",',
		'psk: ${DEVICE_PSK_1}',
		'psk: /etc/keys/psk1',
		'psk: "the key of 2019 is here"',
		'password: winter-2019',
		'key_mgmt=WPA-PSK',
		'psk_file=/etc/hostapd.psk2',
		'psk = config.psk1[0]',
	];
	assert.deepEqual((await rows(`${others.join('\n')}\n`)).psks, []);
});

test('passwords of people, names of hosts and lists of checksums are no PSKs', async () => {
	const md5 = (name: string): string => `${name},${hex(randomBytes(16))}\n`;
	for (const text of [
		'network:\n  wifis:\n    wlan0:\n      access-points:\n        plant:\n          auth:\n            key-management: eap\n            identity: anna\n            password: winter-2019\n',
		'[Security]\nEAP-Method=PEAP\nEAP-Identity=anna\nPassphrase=winter-2019\n',
		'secrets {\n  eap-anna {\n    id = anna\n    secret = "winter-2019"\n  }\n}\n',
		'anna : EAP "winter-2019"\n',
		'database:\n  password: winter-2019\n',
		'00:11:22:33:44:55 gateway.example\n66:77:88:99:aa:bb pump-40.example\n',
		'10.0.0.1 gateway.example\n10.0.0.2 pump-40.example\n',
		'anna:winter-2019\nbert:summer-2020\n',
		'WIFI_PASSWORD=${WIFI_PASSWORD}\nwifi_password: "<your password>"\n',
		[md5('bin/one'), md5('lib/another.so'), md5('share/doc/three')].join(''),
		'export const wifiPassword = document.querySelector("input");\n',
	])
		assert.deepEqual((await rows(text)).psks, [], text);
});

test('lists without titles, in pages, aligned, and with rows of JSON', async () => {
	const list = `SN-000001,${A}\nSN-000002,${B}\nSN-000003,${hex(randomBytes(16))}\n`;
	assert.deepEqual((await rows(list)).psks.slice(0, 2), [
		['SN-000001', 'psk', A],
		['SN-000002', 'psk', B],
	]);
	const long = Array.from({ length: 99 }, (_, row) => `SN-${String(row).padStart(6, '0')},${hex(randomBytes(16))}\n`);
	assert.deepEqual((await rows(`${long.join('')}oops\n`)).problems, [['a row is not as the others of its list', 1]]);
	const wanted = [
		['a1', 'psk', A],
		['a2', 'psk', B],
	];
	assert.deepEqual((await rows(`serial    psk\na1        ${A}\na2        ${B}\n`)).psks, wanted);
	const page = `<table><tr><th>Serial</th><th>PSK</th></tr><tr><td>a1</td><td>${A}</td></tr>\n<TR><TD>a2</TD><TD>${B}</TD></TR></table>`;
	assert.deepEqual((await rows(`<html><body>${page}</body></html>\n`)).psks, wanted);
	const json = JSON.stringify([
		['serial', 'psk'],
		['a1', A],
		['a2', B],
	]);
	assert.deepEqual((await rows(json)).psks, wanted);
	const made = `CREATE TABLE \`devices\` (\n  \`serial\` varchar(9),\n  \`psk\` binary(16)\n);\nINSERT INTO \`devices\` VALUES ('a1',0x${A}),('a2',0x${B});\n`;
	assert.deepEqual((await rows(made)).psks, wanted);
});

test('UTF-16 with broken rows: the good rows are read, the bad ones counted', async () => {
	const list = Buffer.from(
		`\ufeffserial,psk\r\n${['a', 'b', 'c', 'd'].map((id) => `${id},${A}\r\n`).join('')}`,
		'utf16le',
	);
	const broken = Buffer.from(list);
	broken.writeUInt16LE(0xd800, 60);
	const lost = Buffer.concat([broken.subarray(0, 201), broken.subarray(202)]);
	for (const bytes of [lost, Buffer.from([...broken.subarray(0, 201), 0, ...broken.subarray(201)])]) {
		const { psks, problems } = await rows(bytes);
		assert.deepEqual(
			psks.map(([device]) => device),
			['b', 'd'],
		);
		assert.ok(problems.some(([reason]) => reason === 'a field of psk is no key'));
		assert.ok(problems.some(([reason]) => String(reason).startsWith('UTF-16 with a byte missing')));
	}
});

const records = (bytes: Buffer, kind: 'intel' | 'motorola'): string => {
	const lines: string[] = kind === 'intel' ? [':020000040001F9'] : ['S00600004844521B'];
	for (let at = 0; at < bytes.length; at += 16) {
		const data = bytes.subarray(at, at + 16);
		const body =
			kind === 'intel'
				? Buffer.from([data.length, at >> 8, at & 255, 0, ...data])
				: Buffer.from([data.length + 5, 8, 0, at >> 8, at & 255, ...data]);
		const sum = body.reduce((all, octet) => (all + octet) & 255, 0);
		const check = kind === 'intel' ? (256 - sum) & 255 : 255 - sum;
		lines.push(`${kind === 'intel' ? ':' : 'S3'}${hex(Buffer.from([...body, check])).toUpperCase()}`);
	}
	return `${lines.join('\r\n')}\r\n`;
};

test('Intel HEX and S-records are decoded and searched; a damaged record is said', async () => {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const image = Buffer.concat([
		randomBytes(1001),
		privateKey.export({ format: 'der', type: 'pkcs8' }),
		randomBytes(50),
	]);
	for (const kind of ['intel', 'motorola'] as const) {
		const text = records(image, kind);
		write('image', text);
		const { keys, problems } = await found(path('image'));
		assert.deepEqual([keys.map(({ spki }) => thumbprint(spki)), problems], [[thumbprintOf(privateKey)], []], kind);
		write(
			'image',
			text.replace(/.(?=\r\n$)/, (digit) => (digit === '0' ? '1' : '0')),
		);
		const damaged = await found(path('image'));
		assert.deepEqual(
			damaged.problems.map(({ reason }) => reason),
			['a line of hex records, or of a dump in hex, is damaged'],
		);
	}
});

test('a SQLite database that is damaged is said', async () => {
	const header = Buffer.alloc(4096);
	header.write('SQLite format 3\0');
	header.writeUInt16BE(4096, 16);
	header.writeUIntBE(0x402020, 21, 3);
	header.writeUInt32BE(1, 28);
	write('devices.db', header);
	const { problems } = await found(path('devices.db'));
	assert.deepEqual(
		problems.map(({ reason }) => reason),
		['a SQLite database is damaged'],
	);
});

test('one password for three files is asked for once', async () => {
	run('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'k.key');
	run('openssl', 'req', '-x509', '-new', '-key', 'k.key', '-subj', '/CN=a', '-days', '3', '-out', 'k.pem');
	const files = ['1.p12', '2.p12', '3.p12'];
	for (const file of files)
		execFileSync(
			'openssl',
			['pkcs12', '-export', '-inkey', path('k.key'), '-in', path('k.pem'), '-out', path(file), '-passout', 'stdin'],
			{ input: 'sesame\n' },
		);
	const asked: string[] = [];
	const { keys, problems } = await found(files.map(path), {
		passwords: { known: [], ask: async (what) => (asked.push(what), 'sesame') },
	});
	assert.deepEqual(problems, []);
	assert.equal(asked.length, 1);
	assert.equal(keys.filter(({ privateFound }) => privateFound).length, 3);
});

test('titles in other languages, in the encoding of Windows too; a sentence is no header', async () => {
	const list = `Geräte-ID;Bezeichnung;PSK (hex)\nWM-1;Zähler Süd;${A}\nWM-2;Zähler Süd;${B}\n`;
	const both = {
		psks: [
			['WM-1', 'psk', A],
			['WM-2', 'psk', B],
		],
		problems: [],
	};
	assert.deepEqual(await rows(list), both);
	assert.deepEqual(await rows(Buffer.from(list, 'latin1')), both);
	for (const title of ['Numéro de série', 'Número de serie', 'Matricola', 'Node ID'])
		assert.deepEqual((await rows(`${title},psk\nx-1,${A}\n`)).psks, [['x-1', 'psk', A]], title);
	assert.deepEqual((await rows(`id,name,psk\n7,pump-1,${A}\n`)).psks, [['pump-1', 'psk', A]], 'a number of a row');
	assert.deepEqual((await rows(`id,name,psk\nSN-7,pump,${A}\n`)).psks, [['SN-7', 'psk', A]]);
	const prose =
		'It asks who has one device, key, person or CA. It works, and so on.\nA key, a device, a person, or a CA falls.\n';
	assert.deepEqual(await rows(prose), { psks: [], problems: [] });
	assert.deepEqual((await rows('id,psk\na,${PSK}\nb,{{ psk }}\nc,%s\n')).psks, [], 'places to be filled in');
});

test('settings in rows of names and values, as ESP-IDF makes NVS from', async () => {
	const base64 = Buffer.from(B, 'hex').toString('base64');
	const csv = `key,type,encoding,value\nprov,namespace,,\nidentity,data,string,node-1\npsk,data,hex2bin,${A}\n`;
	assert.deepEqual(await rows(csv), { psks: [['node-1', 'psk', A]], problems: [] });
	const other = `key,type,encoding,value\nprov,namespace,,\npsk,data,base64,${base64}\ncert,file,string,a.pem\n`;
	assert.deepEqual(await rows(other), { psks: [[null, 'psk', B]], problems: [] });
	assert.deepEqual((await rows(`Name;Value\nclient_id;node-1\nmqtt_psk;${A}\n`)).psks, [['node-1', 'psk', A]]);
});

test('keys in base64 by the name of a column or setting, and phrases of several words', async () => {
	const base64 = Buffer.from(A, 'hex').toString('base64');
	assert.deepEqual((await rows(`INSERT INTO k (dev, secret_key_base64) VALUES ('a','${base64}');\n`)).psks, [
		['a', 'secretKey', A],
	]);
	assert.deepEqual((await rows(`MQTT_PSK_B64=${base64}\n`)).psks, [[null, 'psk', A]]);
	const words = 'correct horse battery staple';
	assert.deepEqual((await rows(`network={\n\tssid="x"\n\tpsk="${words}"\n}\n`)).psks, [
		[null, 'psk', hex(Buffer.from(words))],
	]);
});

test('keys of devices by name, and settings and code inside of JSON', async () => {
	for (const map of [
		JSON.stringify({ psks: { 'm-1': A, 'm-2': B } }),
		`site: x\npsks:\n  m-1: ${A}\n  m-2: ${B}\nother: 1\n`,
		`device_psks = {\n  "m-1" = "${A}"\n  "m-2" = "${B}"\n}\n`,
		`cat > psk_file <<EOF\nm-1:${A}\nm-2:${B}\nEOF\n`,
	])
		assert.deepEqual(
			(await rows(map)).psks,
			[
				['m-1', 'psk', A],
				['m-2', 'psk', B],
			],
			map,
		);
	const base64 = Buffer.from(A, 'hex').toString('base64');
	const mongo = `{"_id":{"$oid":"65"},"deviceId":"o-1","psk":{"$binary":{"base64":"${base64}","subType":"00"}}}\n`;
	assert.deepEqual((await rows(mongo)).psks, [['o-1', 'psk', A]]);
	const environment = JSON.stringify({ config: { Env: ['PATH=/bin', 'DEVICE_ID=o-1', `MQTT_PSK=${A}`] } });
	assert.deepEqual((await rows(environment)).psks, [['o-1', 'psk', A]]);
	const map = JSON.stringify({ kind: 'ConfigMap', data: { 'app.conf': `identity=o-1\npsk=${A}\n` } });
	assert.deepEqual((await rows(map)).psks, [['o-1', 'psk', A]]);
	assert.deepEqual((await rows(JSON.stringify({ cells: [{ source: ['import x\n', `PSK = "${A}"\n`] }] }))).psks, [
		[null, 'psk', A],
	]);
});

test('settings of routers, Kotlin and Go, tables of Markdown, and lists by hardware address', async () => {
	const cisco = `crypto isakmp key ${A} address 10.0.0.1\n`;
	assert.deepEqual((await rows(cisco)).psks, [['10.0.0.1', 'peerPresharedKey', A]]);
	for (const [text, device] of [[`set passphrase ${A}\n`, null]] as const)
		assert.deepEqual((await rows(text)).psks, [[device, 'psk', A]], text);
	const routerOs = `/ip ipsec identity\nadd peer=hq secret="${A}"\n`;
	assert.deepEqual((await rows(routerOs)).psks, [['hq', 'peerPresharedKey', A]]);
	assert.deepEqual((await rows('pre-shared-key 6 AbCdEfGhIjKlMn\nset psksecret ENC abcdefgh12345678\n')).psks, []);
	const bytes = A.replaceAll(/../g, '0x$&.toByte(), ');
	assert.deepEqual((await rows(`val APP_KEY = byteArrayOf(${bytes})\n`)).psks, [[null, 'appKey', A]]);
	assert.deepEqual((await rows(`var psk, _ = hex.DecodeString("${A}")\nPSK2 = unhexlify(b"${B}")\n`)).psks, [
		[null, 'psk', A],
		[null, 'psk', B],
	]);
	assert.deepEqual((await rows(`| Device | PSK |\n|---|---|\n| m-1 | \`${A}\` |\n`)).psks, [['m-1', 'psk', A]]);
	const list = [A, B, A].map((one, at) => `aa:bb:cc:00:00:0${at} ${one}\n`).join('');
	assert.equal((await rows(list)).psks.length, 3);
	assert.deepEqual(
		(await rows([A, B, A].map((one, at) => `file000${at}.bin ${one}\n`).join(''))).psks,
		[],
		'checksums',
	);
});

test('keys by names of DLMS, Xiaomi, KNX, Tuya, ThingsBoard and wmbusmeters', async () => {
	const token = 'Zk3qLp9XwR2vTn7MbY1c';
	const text = (written: string): string => hex(Buffer.from(written));
	const psks = async (content: string) => (await rows(content)).psks;
	assert.deepEqual(await psks(`MeterSerial;GUEK;GAK\n70012345;${A};${B}\n`), [
		['70012345', 'guek', A],
		['70012345', 'gak', B],
	]);
	const ble = (mac: string): string => `  - platform: x\n    mac_address: "${mac}"\n    bindkey: "${A}"\n`;
	assert.deepEqual(await psks(`sensor:\n${ble('A4:C1:38:54:5E:18')}${ble('A4:C1:38:D1:61:7D')}`), [
		['A4:C1:38:54:5E:18', 'bindKey', A],
		['A4:C1:38:D1:61:7D', 'bindKey', A],
	]);
	const base64 = Buffer.from(A, 'hex').toString('base64');
	assert.deepEqual(await psks(`<Devices><Device IndividualAddress="1.1.10" ToolKey="${base64}" /></Devices>\n`), [
		['1.1.10', 'toolKey', A],
	]);
	assert.deepEqual(await psks(JSON.stringify([{ id: 'bf1', key: 'a8f3Kq9ZpL2xWv7T' }, { key: 'a8f3Kq9ZpL2xWv7T' }])), [
		['bf1', 'key', text('a8f3Kq9ZpL2xWv7T')],
	]);
	assert.deepEqual(await psks(`"Name","Access token"\n"Hall","${token}"\n`), [['Hall', 'accessToken', text(token)]]);
	assert.deepEqual(await psks(`name=Main\nid=12345678\nkey=${A}\ndriver=x\n`), [['12345678', 'psk', A]]);
	assert.deepEqual(await psks(`dev_eui,app_key\n0a,${base64}\n`), [['0a', 'appKey', A]]);
	const azure = (device: string): string => `HostName=h.example;DeviceId=${device};SharedAccessKey=${base64}`;
	assert.deepEqual(await psks(JSON.stringify({ A: azure('oven-east'), B: azure('oven-west') })), [
		['oven-east', 'sharedAccessKey', A],
		['oven-west', 'sharedAccessKey', A],
	]);
	for (const other of [
		JSON.stringify([
			{ id: 'a', key: 'Slot1Temperature' },
			{ id: 'b', key: 'welcome-message-1' },
		]),
		JSON.stringify({ Contents: [{ Key: 'cam-1/config.json', ETag: A }] }),
		'Name,Access token\nHall,not set\n',
		`name=Main\nkey=${A}\n`,
		JSON.stringify({ text: 'a=1;b=2;monkey=none' }),
	])
		assert.deepEqual(await psks(other), [], other);
});

test('lists in encodings of before UTF-8, which are said', async () => {
	// No encoder is to be had here: bytes of the same texts, as iconv writes them.
	const of = (...parts: readonly (readonly [string, string])[]) =>
		parts.map(([bytes, after]) => [Buffer.from(bytes, 'hex'), Buffer.from(after)]).flat();
	const list = (title: string, key: string, one: string, other: string): Buffer =>
		Buffer.concat(of([title, ','], [key, '\n'], [one, `,${A}\n`], [other, `,${A}\n`]));
	const cases = [
		['Shift JIS', list('8b408aed96bc', '88c38d868cae', '89b793788c7688ea8d86', '89b793788c7693f18d86'), '温度計一号'],
		['GB 18030', list('c9e8b1b8c3fbb3c6', 'c9e8b1b8c3dcd4bf', 'cbaeb1c3d2bb', 'cbaeb1c3b6fe'), '水泵一'],
		['Windows-1251', list('e4e0f2f7e8ea', 'eaebfef7', 'ede0f1eef12d31', 'ede0f1eef12d32'), 'насос-1'],
	] as const;
	for (const [called, bytes, device] of cases) {
		write('list.csv', bytes);
		const { psks } = await found(path('list.csv'));
		assert.deepEqual(psks.map((psk) => psk.device).slice(0, 1), [device]);
		assert.equal(psks.length, 2, called);
		assert.ok(
			psks.every(({ at }) => at.label.startsWith(`${called}: row `)),
			called,
		);
	}
	const latin = (text: string) => rows(Buffer.from(text, 'latin1'));
	assert.deepEqual((await latin(`Gerät;PSK\nFühler Süd;${A}\n`)).psks, [['Fühler Süd', 'psk', A]]);
	assert.deepEqual((await latin(`appareil;clé\nété-1;${A}\n`)).psks, [['été-1', 'psk', A]]);
});

test('host keys of Dropbear', async () => {
	const string = (bytes: Uint8Array): Buffer => {
		const length = Buffer.alloc(4);
		length.writeUInt32BE(bytes.length);
		return Buffer.concat([length, bytes]);
	};
	const ed = generateKeyPairSync('ed25519');
	const raw = (key: { export(options: { format: 'jwk' }): { d?: string; x?: string } }, name: 'd' | 'x'): Buffer =>
		Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url');
	const halves = Buffer.concat([raw(ed.privateKey, 'd'), raw(ed.privateKey, 'x')]);
	write('host_key', Buffer.concat([string(Buffer.from('ssh-ed25519')), string(halves)]));
	const { keys } = await found(path('host_key'));
	assert.deepEqual(
		keys.map(({ spki, privateFound }) => [thumbprint(spki), privateFound]),
		[[thumbprint(ed.publicKey.export({ format: 'der', type: 'spki' })), true]],
	);
	const other = Buffer.concat([halves.subarray(0, 32), randomBytes(32)]);
	write('host_key', Buffer.concat([string(Buffer.from('ssh-ed25519')), string(other)]));
	assert.deepEqual((await found(path('host_key'))).keys, []);
	const ec = createECDH('prime256v1');
	ec.generateKeys();
	const parts = ['ecdsa-sha2-nistp256', 'nistp256', ec.getPublicKey(), ec.getPrivateKey()].map((part) =>
		string(Buffer.from(part as string)),
	);
	write('host_key', Buffer.concat(parts));
	assert.equal((await found(path('host_key'))).keys[0]?.privateFound, true);
});

test('a key is shown in no label: not where a name, a section or a title in the wrong place repeats it', async () => {
	const base64 = Buffer.from(A, 'hex').toString('base64');
	for (const text of [
		`psk,device\npump-1,${A}\npump-2,${A}\n`,
		`device,psk\n${A},${A}\n${B},${A}\n`,
		`device,psk\n${(A.match(/../g) ?? []).join(':')},${A}\n${base64},${A}\n`,
		`[${A}]\npsk=${A}\n[${A}2]\npsk=${A}\n`,
		JSON.stringify([{ id: A.toUpperCase(), psk: base64 }]),
	]) {
		write('list', text);
		const { psks, problems } = await found(path('list'));
		assert.ok(psks.length > 0, text);
		const shown = JSON.stringify([psks.map(({ at }) => at.label), problems])
			.toLowerCase()
			.replaceAll(':', '');
		for (const form of [A, base64.toLowerCase()]) assert.ok(!shown.includes(form), shown);
	}
});

test('what a person writes where no key stands is no key, and text below a table is no row of it', async () => {
	for (const text of ['(ask IT)', 'to be defined', 'see password safe', 'TBD'])
		assert.deepEqual((await rows(`device,psk\npump-1,${text}\npump-2,${text}\n`)).psks, [], text);
	assert.deepEqual(await rows(`# Keys\n\n| device | psk |\n|---|---|\n| pump-1 | ${A} |\n\nSee \`psk\` above.\n`), {
		psks: [['pump-1', 'psk', A]],
		problems: [],
	});
});

test('columns that say which of several PSKs they hold, one that names its identity, and a word for a key below a title', async () => {
	for (const title of ['psk_backup', 'psk_old', 'psk_new', 'psk2'])
		assert.deepEqual(
			(await rows(`device,${title}\na,${A}\nb,${B}\n`)).psks.map(([device, , key]) => [device, key]),
			[
				['a', A],
				['b', B],
			],
		);
	assert.deepEqual((await rows(`psk_id,psk\nrobot-a,${A}\n`)).psks, [['robot-a', 'psk', A]]);
	assert.deepEqual((await rows(JSON.stringify([{ device: 'a', psk_backup: A }]))).psks, [['a', 'psk', A]]);
	for (const header of ['Gerät;Typ;Schlüssel', 'dispositivo;tipo;chiave', 'device;type;key'])
		assert.deepEqual(
			(await rows(`Werk Nord Export 2026\n\n${header}\nP-1;X;${A}\nP-2;X;${B}\n`)).psks.map(([device, , key]) => [
				device,
				key,
			]),
			[
				['P-1', A],
				['P-2', B],
			],
			header,
		);
});
